import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { chooseWorkers, cpuMsWith, type Demand, predictThroughput } from '../../src/sizing/workers.ts'
import { trueThroughput } from '../support/simulated-target.ts'

const PLENTY = 1_000

function demandOf(cpus: number, cpuMs: number, busyLoopMs: number): Demand {
  return { cpus, cpuMs, busyLoopMs, primaryCpuMs: 0 }
}

function workersFor(cpus: number, cpuMs: number, busyLoopMs: number): number {
  return chooseWorkers(demandOf(cpus, cpuMs, busyLoopMs), PLENTY).workers
}

// Workloads whose optimum is known by construction: ceil(CPUs × loop time / CPU time).
test('pure CPU work on two CPUs wants two workers', () => {
  assert.equal(workersFor(2, 10, 10), 2)
})

test('waiting for I/O does not hold the loop, so 1 ms of CPU and 20 ms of waiting on two CPUs want two workers', () => {
  assert.equal(workersFor(2, 1, 1), 2)
})

test('1 ms of CPU and 4 ms of blocking on two CPUs want ten workers', () => {
  // Measured on two cores with Atomics.wait: 2 → 377/s, 6 → 1082, 8 → 1335, 10 → 1491, 12 → 1500, 16 → 1434.
  assert.equal(workersFor(2, 1, 5), 10)
})

test('work that runs beside the loop, on helper threads, wants fewer workers than CPUs', () => {
  assert.equal(workersFor(2, 2, 1), 1)
  assert.equal(workersFor(8, 4, 1), 2)
})

test('pure CPU work wants one worker per CPU on any machine', () => {
  for (const cpus of [1, 2, 4, 8, 16]) assert.equal(workersFor(cpus, 1, 1), cpus)
})

test('a fraction of a CPU is worth another worker only where it is used', () => {
  assert.equal(workersFor(1.5, 1, 1), 2)
  assert.equal(workersFor(0.5, 1, 1), 1)
  assert.equal(workersFor(1.02, 1, 1), 1)
})

test('pure CPU work on two CPUs wants two workers, not three, however the measurement errs by 2 %', () => {
  const noisy = fc.double({ min: 0.98, max: 1.02, noNaN: true })
  fc.assert(
    fc.property(noisy, noisy, (cpuMs, busyLoopMs) => workersFor(2, cpuMs, busyLoopMs) === 2),
    { numRuns: 1_000 },
  )
})

test('more blocking never wants fewer workers', () => {
  const time = fc.double({ min: 0.1, max: 50, noNaN: true })
  fc.assert(
    fc.property(fc.double({ min: 0.25, max: 32, noNaN: true }), time, time, time, (cpus, cpuMs, blockingMs, moreMs) => {
      const fewer = workersFor(cpus, cpuMs, cpuMs + blockingMs)
      const more = workersFor(cpus, cpuMs, cpuMs + blockingMs + moreMs)
      assert.ok(more >= fewer, `${more} after ${fewer}`)
    }),
    { numRuns: 1_000 },
  )
})

test('no more workers are chosen than fit into memory, but one always', () => {
  const demand = demandOf(8, 1, 1)
  const squeezed = chooseWorkers(demand, 3)
  assert.deepEqual([squeezed.workers, squeezed.binding], [3, 'memory'])
  assert.deepEqual([chooseWorkers(demand, 0).workers, chooseWorkers(demand, 0).binding], [1, 'memory'])
  assert.equal(chooseWorkers(demand, 8).binding, 'cpu')
})

test('throughput never exceeds what the CPUs, the loops or the primary process can do', () => {
  const time = fc.double({ min: 0.01, max: 50, noNaN: true })
  const cpuCount = fc.double({ min: 0.25, max: 64, noNaN: true })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      cpuCount,
      time,
      time,
      time,
      (workers, cpus, cpuMs, busyLoopMs, primaryCpuMs) => {
        const { throughputPerS } = predictThroughput(workers, { cpus, cpuMs, busyLoopMs, primaryCpuMs })
        assert.ok(throughputPerS * cpuMs <= cpus * 1_000)
        assert.ok(throughputPerS * busyLoopMs <= workers * 1_000)
        assert.ok(throughputPerS * primaryCpuMs <= 1_000)
      },
    ),
  )
})

test('a primary process that hands out every connection ends the growth', () => {
  const choice = chooseWorkers({ cpus: 16, cpuMs: 1, busyLoopMs: 1, primaryCpuMs: 0.25 }, PLENTY)
  assert.deepEqual([choice.workers, choice.binding], [4, 'primary process'])
})

test('a bound that all workers share ends the growth, and binds', () => {
  assert.deepEqual(predictThroughput(4, { ...demandOf(8, 1, 1), sharedPerS: 200 }), {
    throughputPerS: 200,
    bottleneck: 'shared resource',
  })
})

test('growth by 50 % with each doubling makes a request cost 2.25 times as much with four workers', () => {
  const demand = { ...demandOf(8, 4, 4), cpuGrowth: 0.5 }
  assert.equal(cpuMsWith(4, demand), 9)
  assert.equal(predictThroughput(4, demand).throughputPerS, predictThroughput(4, demandOf(8, 9, 9)).throughputPerS)
})

test('workers that meet at random lose what exact queueing says, within 6 points', () => {
  for (const cpus of [1, 2, 4, 8])
    for (const blockedMs of [4, 10])
      for (const share of [0.4, 0.6, 0.8, 0.9, 1, 1.1, 1.25, 1.5]) {
        const workers = Math.max(1, Math.round(share * cpus * (1 + blockedMs)))
        const demand = { ...demandOf(cpus, 1, 1 + blockedMs), oversubscriptionPenalty: 0 }
        const exact =
          trueThroughput({ cpus, loopMs: 1, blockedMs, meeting: 'at random' }, workers) /
          trueThroughput({ cpus, loopMs: 1, blockedMs }, workers)
        const modelled =
          predictThroughput(workers, { ...demand, kneeSoftness: 1 }).throughputPerS /
          predictThroughput(workers, demand).throughputPerS
        assert.ok(Math.abs(exact - modelled) < 0.06, `${workers} on ${cpus} CPUs: ${modelled}, exactly ${exact}`)
      }
})
