import assert from 'node:assert/strict'
import { test } from 'node:test'

import { statsOfAll, type TargetSample, targetUseBetween } from '../../src/bench/target-use.ts'
import type { WorkerStats } from '../../src/server/messages.ts'

const [PRIMARY, WORKER, OTHER] = [2 ** 22 + 1, 2 ** 22 + 2, 2 ** 22 + 3] // beyond what Linux gives to processes

function sampleOf(atMs: number, loopActiveMs: number, silentPids: readonly number[] = []): TargetSample {
  const told = {
    requests: 0,
    loopIdleMs: 0,
    heapUsedBytes: 0,
    externalBytes: 0,
    cache: null,
    queue: null,
    upstreams: [],
  }
  const workers: WorkerStats[] = [WORKER, OTHER].map((pid) => ({ pid, loopActiveMs, ...told }))
  return {
    atMs,
    accounts: new Map(
      [PRIMARY, WORKER, OTHER].map((pid) => [pid, { pid, cpuMs: atMs / 10, mainRunQueueDelayMs: atMs / 100 }]),
    ),
    stats: {
      primaryPid: PRIMARY,
      workers: workers.filter(({ pid }) => !silentPids.includes(pid)),
      silentPids,
      recycled: 0,
      crashed: 0,
    },
  }
}

test('CPU and busy-loop time per request are those of all processes, less what threads waited for a CPU', () => {
  const use = targetUseBetween(sampleOf(1_000, 50), sampleOf(3_000, 150), 100)
  assert.equal(use.cpuMsPerRequest, 6) // 3 processes × 200 ms / 100
  assert.equal(use.cpus, 0.3)
  assert.equal(use.busyLoopMsPerRequest, 1.6) // 2 workers × (100 − 20 ms) / 100
})

test('without a completed request nothing is told per request', () => {
  const use = targetUseBetween(sampleOf(1_000, 50), sampleOf(3_000, 150), 0)
  assert.deepEqual([use.cpuMsPerRequest, use.busyLoopMsPerRequest], [null, null])
})

for (const [when, before, after] of [
  ['begins', sampleOf(1_000, 50, [OTHER]), sampleOf(3_000, 150)],
  ['ends', sampleOf(1_000, 50), sampleOf(3_000, 150, [OTHER])],
] as const) {
  test(`a worker that does not answer when a phase ${when} leaves busy-loop time unknown instead of wrong`, () => {
    const use = targetUseBetween(before, after, 100)
    assert.equal(use.busyLoopMsPerRequest, null)
    assert.equal(use.workers.find(({ pid }) => pid === OTHER)?.loopUtilization, null)
    assert.equal(use.cpuMsPerRequest, 6, 'its CPU time is known from the system')
  })
}

test('sums over workers are not made when one is silent', () => {
  assert.equal(statsOfAll(sampleOf(1_000, 50, [OTHER])), null)
  assert.equal(statsOfAll(sampleOf(1_000, 50))?.length, 2)
})
