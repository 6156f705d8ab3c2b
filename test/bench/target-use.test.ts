import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Target } from '../../src/bench/target.ts'
import { readAccounts } from '../../src/bench/target-cpu.ts'
import { loadedMsBetween, sampleOf, statsOf, type TargetSample, targetUseBetween } from '../../src/bench/target-use.ts'
import { statsOfAll } from '../../src/bench/worker-growth.ts'
import { TargetError } from '../../src/core/errors.ts'
import { workerFixture } from './support/target-stats.ts'

const [PRIMARY, WORKER, OTHER] = [2 ** 22 + 1, 2 ** 22 + 2, 2 ** 22 + 3] // beyond what Linux gives to processes

function sampleAt(atMs: number, loopActiveMs: number, silentPids: readonly number[] = []): TargetSample {
  const workers = [WORKER, OTHER].map((pid) => workerFixture(pid, { loopActiveMs }))
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
  const use = targetUseBetween(sampleAt(1_000, 50), sampleAt(3_000, 150), 100, 2_000)
  assert.equal(use.cpuMsPerRequest, 6) // 3 processes × 200 ms / 100
  assert.equal(use.cpus, 0.3)
  assert.equal(use.busyLoopMsPerRequest, 1.6) // 2 workers × (100 − 20 ms) / 100
})

for (const [what, phaseMs, loadedMs] of [
  ['shares of the CPUs are of the time of the load, not of what lies between the samples', 520, 520],
  ['a phase that is over at once has at least 0.2 s for them', 3, 200],
  ['the load is never longer than the time between the samples', 900, 600],
] as const) {
  test(what, () => {
    assert.equal(loadedMsBetween(sampleAt(1_000, 0), sampleAt(1_600, 0), phaseMs), loadedMs)
  })
}

test('without a completed request nothing is told per request', () => {
  const use = targetUseBetween(sampleAt(1_000, 50), sampleAt(3_000, 150), 0, 2_000)
  assert.deepEqual([use.cpuMsPerRequest, use.busyLoopMsPerRequest], [null, null])
})

for (const [when, before, after] of [
  ['begins', sampleAt(1_000, 50, [OTHER]), sampleAt(3_000, 150)],
  ['ends', sampleAt(1_000, 50), sampleAt(3_000, 150, [OTHER])],
] as const) {
  test(`a worker that does not answer when a phase ${when} leaves busy-loop time unknown instead of wrong`, () => {
    const use = targetUseBetween(before, after, 100, 2_000)
    assert.equal(use.busyLoopMsPerRequest, null)
    assert.equal(use.workers.find(({ pid }) => pid === OTHER)?.loopUtilization, null)
    assert.equal(use.cpuMsPerRequest, 6, 'its CPU time is known from the system')
  })
}

test('sums over workers are not made when one is silent', () => {
  assert.equal(statsOfAll(sampleAt(1_000, 50, [OTHER]).stats), null)
  assert.equal(statsOfAll(sampleAt(1_000, 50).stats)?.length, 2)
})

test(
  'a target that does not tell its figures in time still has the accounts of its processes',
  { skip: process.platform !== 'linux' },
  async () => {
    const target: Target = {
      origin: 'http://127.0.0.1:1',
      workers: 1,
      pids: () => [process.pid],
      stats: () => Promise.reject(new TargetError('it did not answer within 1 s')),
      stop: () => Promise.resolve(),
      died: new Promise(() => undefined),
    }
    const sample = sampleOf(readAccounts(target), await statsOf(target))
    assert.deepEqual([sample?.stats, [...(sample?.accounts.keys() ?? [])]], [null, [process.pid]])
  },
)
