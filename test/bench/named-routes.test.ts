import assert from 'node:assert/strict'
import { test } from 'node:test'

import { mergedTime, namedRoutes } from '../../src/bench/named-routes.ts'
import type { RouteResult } from '../../src/core/generator-messages.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'

const NONE = {
  scheduled: 0,
  sent: 0,
  good: 0,
  limited: 0,
  shed: 0,
  failed: 0,
  mismatched: 0,
  timedOut: 0,
  lost: 0,
  unfinished: 0,
  dropped: 0,
  cached: 0,
}

function encoded(latenciesUs: readonly number[]): Uint8Array {
  const times = new LatencyHistogram()
  for (const us of latenciesUs) times.record(us)
  return times.encode()
}

const ROUTES: readonly RouteResult[] = [
  {
    name: 'search',
    counts: { ...NONE, scheduled: 3, sent: 3, good: 3 },
    responseTime: encoded([2_000, 2_000, 9_000]),
    serviceTime: encoded([1_000, 1_000, 7_000]),
  },
  {
    name: 'ads',
    counts: { ...NONE, scheduled: 1, sent: 1, good: 1 },
    responseTime: encoded([5_000]),
    serviceTime: encoded([4_000]),
  },
]

function isAbout(ms: number | null | undefined, expectedMs: number): boolean {
  return Math.abs(Number(ms) - expectedMs) < 0.01
}

test('a report has the counts of each route and the figures of its times', () => {
  const [search, ads] = namedRoutes(ROUTES)
  assert.deepEqual([search?.name, search?.requests, ads?.name], ['search', ROUTES[0]?.counts, 'ads'])
  assert.ok(isAbout(search?.responseTime.p50Ms, 2) && isAbout(search?.responseTime.maxMs, 9))
  assert.ok(isAbout(search?.serviceTime.p50Ms, 1) && isAbout(search?.serviceTime.maxMs, 7))
})

test('the samples of all routes are put together, and no figures of figures made', () => {
  const merged = mergedTime(ROUTES, 'responseTime')
  assert.equal(merged.count, 4)
  assert.ok(isAbout(merged.quantileMs(0.5), 2))
})
