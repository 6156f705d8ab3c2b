import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { WorkerUse } from '../../src/core/report.ts'
import { starvedFraction } from '../../src/load/starved-fraction.ts'

function worker(cpuMs: number, runQueueDelayMs: number | null): WorkerUse {
  return {
    pid: 1,
    role: 'worker',
    cpuMs,
    runQueueDelayMs,
    loopUtilization: null,
    rssBytes: 0,
    pssBytes: null,
    requests: null,
  }
}

test('the wait of the worst-off process counts, as a share of the time', () => {
  const workers = [worker(3_000, 400), worker(2_000, 1_200), worker(4_000, 100)]
  assert.equal(starvedFraction({ cpus: 0.9, workers }, 10_000, 4), 0.12)
})

test('a process that only stands by does not count, whatever it waited', () => {
  assert.equal(starvedFraction({ cpus: 0.3, workers: [worker(3_000, 200), worker(100, 9_000)] }, 10_000, 1), 0.02)
})

test('a target that used up its CPUs has waited for itself', () => {
  const workers = [worker(9_400, 3_000)]
  assert.equal(starvedFraction({ cpus: 0.94, workers }, 10_000, 1), 0.3)
  assert.equal(starvedFraction({ cpus: 0.95, workers }, 10_000, 1), 0)
})

test('more busy processes than CPUs wait for each other', () => {
  const workers = [worker(3_000, 2_000), worker(3_000, 2_000)]
  assert.equal(starvedFraction({ cpus: 0.6, workers }, 10_000, 1), 0)
  assert.equal(starvedFraction({ cpus: 0.6, workers }, 10_000, 2), 0.2)
})

test('half a CPU is enough for one process', () => {
  assert.equal(starvedFraction({ cpus: 0.2, workers: [worker(2_000, 1_000)] }, 10_000, 0.5), 0.1)
})

test('a wait that the system does not count is unknown, and no busy process has not waited', () => {
  assert.equal(starvedFraction({ cpus: 0.3, workers: [worker(3_000, null)] }, 10_000, 1), null)
  assert.equal(starvedFraction({ cpus: 0, workers: [] }, 10_000, 1), 0)
})
