import assert from 'node:assert/strict'
import { test } from 'node:test'

import { serverSecondBetween } from '../../src/bench/server-second.ts'
import type { Target } from '../../src/bench/target.ts'
import { readAccounts } from '../../src/bench/target-cpu.ts'
import { TargetMonitor, targetSecondBetween, type TargetReading } from '../../src/bench/target-monitor.ts'
import { TargetError } from '../../src/core/errors.ts'
import type { TargetStats } from '../../src/server/messages.ts'
import {
  cacheFixture as cache,
  statsFixture as stats,
  upstreamFixture as upstream,
  workerFixture as worker,
} from './support/target-stats.ts'

test('counters are summed over the workers as what they grew by, gauges as they are', () => {
  const before = stats([
    worker(2, { cache: cache(10, 4), upstreams: [upstream({ calls: 5, failures: 1, holdMs: 100 })] }),
    worker(3, { cache: cache(20, 6), upstreams: [upstream({ calls: 7, holdMs: 50 })] }),
  ])
  const after = stats([
    worker(2, {
      cache: cache(15, 5, 1),
      queue: { running: 3, waiting: 8, limit: 9, admitted: 20, refused: 2 },
      upstreams: [
        upstream({ calls: 9, failures: 4, holdMs: 180, breaker: 'half-open', running: 1, pending: 2, connected: 3 }),
      ],
    }),
    worker(3, {
      cache: cache(26, 6),
      queue: { running: 1, waiting: 0, limit: 9, admitted: 10, refused: 1 },
      upstreams: [upstream({ calls: 8, holdMs: 75, breaker: 'open', running: 1, connected: 1 })],
    }),
  ])
  assert.deepEqual(serverSecondBetween(before, after), {
    cacheHits: 11,
    cacheMisses: 2,
    queueRunning: 4,
    queueWaiting: 8,
    queueRefused: 3,
    upstreams: [
      {
        name: 'primary',
        calls: 5,
        failures: 3,
        holdMs: 105,
        breaker: 'open',
        poolRunning: 2,
        poolPending: 2,
        poolConnected: 4,
      },
    ],
  })
})

test('a recycled worker makes no figure negative: its successor counts from nothing', () => {
  const before = stats([worker(2, { cache: cache(1_000, 50), upstreams: [upstream({ calls: 400 })] })])
  const after = stats([worker(9, { cache: cache(7, 3), upstreams: [upstream({ calls: 4 })] })])
  const second = serverSecondBetween(before, after)
  assert.deepEqual([second?.cacheHits, second?.cacheMisses, second?.upstreams[0]?.calls], [7, 3, 4])
  const samePid = serverSecondBetween(before, stats([worker(2, { cache: cache(7, 3) })]))
  assert.equal(samePid?.cacheHits, 7, 'a process id may come again')
})

test('without a cache and a queue their figures are unknown, not 0', () => {
  const second = serverSecondBetween(stats([worker(2)]), stats([worker(2)]))
  assert.deepEqual([second?.cacheHits, second?.queueWaiting], [null, null])
})

for (const [when, before, after] of [
  ['before', stats([worker(2)], [3]), stats([worker(2), worker(3)])],
  ['after', stats([worker(2), worker(3)]), stats([worker(2)], [3])],
  ['altogether', null, stats([worker(2)])],
] as const) {
  test(`a worker that was silent ${when} leaves the second without sums`, () => {
    assert.equal(serverSecondBetween(before, after), null)
  })
}

test('each process has its CPU, event loop and memory, and a new one counts from its start', () => {
  const before: TargetReading = {
    atMs: 1_000,
    processes: [
      { pid: 1, cpuMs: 100, rssBytes: 1 },
      { pid: 2, cpuMs: 500, rssBytes: 2 },
    ],
    stats: stats([worker(2, { loopActiveMs: 100, loopIdleMs: 900 })]),
  }
  const after: TargetReading = {
    atMs: 2_000,
    processes: [
      { pid: 1, cpuMs: 110, rssBytes: 3 },
      { pid: 7, cpuMs: 250, rssBytes: null },
    ],
    stats: stats([worker(7, { loopActiveMs: 30, loopIdleMs: 70 })]),
  }
  assert.deepEqual(targetSecondBetween(before, after).workers, [
    { pid: 1, role: 'primary', cpus: 0.01, loopUtilization: null, rssBytes: 3 },
    { pid: 7, role: 'worker', cpus: 0.25, loopUtilization: 0.3, rssBytes: null },
  ])
})

function ownProcess(answer: () => Promise<TargetStats | null>): Target {
  const target = { origin: 'http://127.0.0.1:1', workers: 1, stats: answer, stop: () => Promise.resolve() }
  return { ...target, pids: () => [process.pid], died: new Promise(() => undefined) }
}

test(
  'a target that does not tell its figures still has those of the system',
  { skip: process.platform !== 'linux' },
  async () => {
    const target = ownProcess(() => Promise.reject(new TargetError('no answer')))
    const second = await new TargetMonitor(target, readAccounts(target)).second(readAccounts(target))
    assert.equal(second.server, undefined)
    const rssBytes = second.workers?.[0]?.rssBytes ?? 0
    // Both are of this process, a moment apart.
    assert.ok(Math.abs(rssBytes - process.memoryUsage().rss) < 64 * 2 ** 20, `${rssBytes}`)
    assert.equal(second.workers?.[0]?.role, 'worker', 'a process that is alone does the work')
  },
)

test('a target whose processes cannot be seen has no figures', async () => {
  const target = { ...ownProcess(() => Promise.resolve(null)), pids: () => [] }
  assert.deepEqual(await new TargetMonitor(target, readAccounts(target)).second(readAccounts(target)), {})
})
