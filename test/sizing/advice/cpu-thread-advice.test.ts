import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Recommendation } from '../../../src/core/recommendation.ts'
import { adviseCpuThreads } from '../../../src/sizing/advice/cpu-thread-advice.ts'
import type { SizingInput } from '../../../src/sizing/sizing-input.ts'
import { EXAMPLE } from '../sizing-input-example.ts'

/** 500 requests/s to two workers, a tenth of them searches; how busy the loops were is not known. */
function adviceFor(serviceP50Ms: number, changes: Partial<SizingInput> = {}): Recommendation | null {
  const cpuWork = { route: 'POST /search', requestShare: 0.1, serviceP50Ms }
  return adviseCpuThreads({ ...EXAMPLE, saturated: null, cpuWork, current: { CPU_THREADS: 0 }, ...changes }, null)
}

test('without CPU work on the loop, or without the setting, there is no advice', () => {
  assert.equal(adviceFor(50, { cpuWork: null }), null)
  assert.equal(adviceFor(50, { current: {} }), null)
})

test('work that takes less than a twentieth of the objective stays on the loop', () => {
  const advice = adviceFor(9)
  assert.deepEqual([advice?.value, advice?.confidence, advice?.binding], [0, 'high', 'latency objective'])
})

test('searches that waited for a busy loop are no longer than the loop was busy for all of them', () => {
  // 0.8 ms of each request, of which a tenth are searches: 8 ms at most.
  assert.ok(EXAMPLE.saturated !== null)
  const saturated = { ...EXAMPLE.saturated, busyLoopMsPerRequest: 0.8 }
  const advice = adviceFor(97, { saturated })
  assert.deepEqual([advice?.value, advice?.evidence['mostWorkMs']], [0, 8])
})

test('long work gets as many threads as it keeps busy, and no more than CPUs beside the workers', () => {
  // 25/s × 50 ms = 1.25 busy; 1.25 + √1.25 = 2.4.
  assert.equal(adviceFor(50, { deployedCpus: 8 })?.value, 3)
  const few = adviceFor(50, { deployedCpus: 4 })
  assert.deepEqual([few?.value, few?.binding, few?.confidence], [2, 'cpu', 'low'])
  assert.match(String(few?.explanation), /2 threads in each worker/)
})

test('threads are not advised where workers outnumber the CPUs', () => {
  const advice = adviceFor(50, { deployedCpus: 1.5 })
  assert.equal(advice?.value, 0)
  assert.match(advice.explanation, /no more CPUs than workers/)
})
