import assert from 'node:assert/strict'
import { test } from 'node:test'

import { namedRoutes } from '../../src/bench/named-routes.ts'
import type { RouteResult } from '../../src/core/generator-messages.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'

function route(name: string, latenciesUs: readonly number[]): RouteResult {
  const times = new LatencyHistogram()
  for (const us of latenciesUs) times.record(us)
  const count = latenciesUs.length
  const none = {
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
  const encoded = times.encode()
  return {
    name,
    counts: { ...none, scheduled: count, sent: count, good: count },
    responseTime: encoded,
    serviceTime: encoded,
  }
}

test('requests of one name are one route: counts are added and samples put together', () => {
  const routes = namedRoutes([route('search', [1_000, 1_000]), route('ads', [5_000]), route('search', [9_000])])
  assert.deepEqual(
    routes.map(({ name, requests }) => [name, requests.sent, requests.good]),
    [
      ['search', 3, 3],
      ['ads', 1, 1],
    ],
  )
  const search = routes[0]?.responseTime
  assert.equal(search?.count, 3)
  assert.ok(
    Math.abs(Number(search?.p50Ms) - 1) < 0.01 && Math.abs(Number(search?.maxMs) - 9) < 0.01,
    'not a mean of medians',
  )
})
