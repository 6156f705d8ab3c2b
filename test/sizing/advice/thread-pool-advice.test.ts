import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Recommendation } from '../../../src/core/recommendation.ts'
import type { SizingInput } from '../../../src/sizing/sizing-input.ts'
import { NO_SPREADS } from '../../../src/sizing/advice/spread.ts'
import { adviseThreadPool } from '../../../src/sizing/advice/thread-pool-advice.ts'
import { EXAMPLE } from '../sizing-input-example.ts'

/** For one worker that was measured at 500 requests/s, without a model of its capacity. */
function adviceFor(threadPoolMsPerRequest: number | null, changes: Partial<SizingInput> = {}): Recommendation | null {
  return adviseThreadPool({ ...EXAMPLE, workers: 1, saturated: null, threadPoolMsPerRequest, ...changes }, null)
}

test('threads that were not seen, or hardly worked, get no advice', () => {
  assert.equal(adviceFor(null), null)
  // 500/s × 0.09 ms = 0.045 of a thread.
  assert.equal(adviceFor(0.09), null)
})

test('work for less than a thread leaves libuv its four', () => {
  const advice = adviceFor(1)
  assert.deepEqual([advice?.value, advice?.evidence['busyThreads'], advice?.basis], [4, 0.5, 'modelled'])
})

test('one worker that compresses for many CPUs gets threads for them', () => {
  // 500/s × 10 ms = 5 busy threads; 5 + √5 = 7.2, and 16 CPUs have room for them.
  const advice = adviceFor(10, { deployedCpus: 16 })
  assert.deepEqual([advice?.value, advice?.binding], [8, 'thread pool'])
})

test('threads never outnumber the CPUs of a worker by more than one', () => {
  const advice = adviceFor(20, { deployedCpus: 6 })
  assert.deepEqual([advice?.value, advice?.binding], [7, 'cpu'])
})

test('threads that were all busy at full load get the CPUs that are left', () => {
  assert.ok(EXAMPLE.saturated !== null)
  // 400/s × 9.5 ms = 3.8 of four threads, and 3 × 0.8 of them at the planned load.
  const saturated = { ...EXAMPLE.saturated, throughputPerS: 400, busyWorkers: 1 }
  const advice = adviceFor(9.5, { deployedCpus: 8, saturated, steady: null, workers: null })
  assert.deepEqual([advice?.value, advice?.binding, advice?.interval], [9, 'thread pool', undefined])
  assert.match(String(advice?.explanation), /all of them were busy/)
})

test('the CPU time of a request, as far as it varies, makes the interval', () => {
  const cpuPerRequest = { halfWidthFraction: 0.2, over: 'boots', count: 5 } as const
  // 4 + √4 = 6, 5 + √5 = 7.2 and 6 + √6 = 8.4.
  const advice = adviceFor(10, { deployedCpus: 16, spreads: { ...NO_SPREADS, cpuPerRequest } })
  assert.deepEqual([advice?.value, advice?.interval], [8, [6, 9]])
})
