import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Recommendation } from '../../../src/core/recommendation.ts'
import { adviseConcurrency } from '../../../src/sizing/advice/concurrency-advice.ts'
import type { SizingInput } from '../../../src/sizing/sizing-input.ts'
import { adviseWorkers } from '../../../src/sizing/advice/worker-advice.ts'
import { EXAMPLE } from '../sizing-input-example.ts'

/** Of two workers together; the knee lies at 8 + 8 × (902.5 − 720) / (930 − 720) = 14.95. */
const RAMP = [
  [2, 200],
  [4, 390],
  [8, 720],
  [16, 930],
  [32, 950],
  [64, 945],
] as const

function advise(changes: Partial<SizingInput>): Recommendation | null {
  const input = { ...EXAMPLE, ...changes }
  return adviseConcurrency(input, adviseWorkers(input))
}

function ramp(points: readonly (readonly [number, number])[]): SizingInput['ramp'] {
  return {
    workers: 2,
    points: points.map(([concurrency, throughputPerS]) => ({ concurrency, throughputPerS })),
  }
}

function steadyWith(changes: Partial<NonNullable<SizingInput['steady']>>): SizingInput['steady'] {
  assert.ok(EXAMPLE.steady !== null)
  return { ...EXAMPLE.steady, ...changes }
}

test('a worker lets as many run as are under way at its capacity, with room for a Poisson number', () => {
  const advice = advise({ ramp: ramp(RAMP) })
  // 475/s × 15 ms = 7.125; 7.125 + 2.33 × √7.125 = 13.34.
  assert.equal(advice?.value, 14)
  assert.deepEqual([advice?.binding, advice?.confidence], ['requests under way', 'high'])
  assert.deepEqual([advice?.evidence['kneeRequests'], advice?.evidence['requestsUnderWay']], [7.48, 13.3])
})

test('a worker lets no fewer run than it takes for its best throughput', () => {
  const advice = advise({ ramp: ramp(RAMP), steady: steadyWith({ serviceMeanMs: 2, upstream: null }) })
  // 14.95 / 2 workers.
  assert.deepEqual([advice?.value, advice?.basis, advice?.binding], [8, 'measured', 'throughput'])
})

test('a worker lets no fewer run than it has upstream connections', () => {
  const advice = advise({ ramp: ramp(RAMP), steady: steadyWith({ serviceMeanMs: 2 }) })
  assert.deepEqual([advice?.value, advice?.binding], [10, 'upstream pool'])
})

test('a step of the ramp without a good answer says nothing', () => {
  const broken = advise({ ramp: ramp([...RAMP, [128, 0]]) })
  assert.deepEqual(broken, advise({ ramp: ramp(RAMP) }))
})

test('without a ramp the cap is less certain, without any figure there is none', () => {
  assert.deepEqual([advise({})?.value, advise({})?.confidence], [14, 'medium'])
  assert.equal(advise({ steady: null }), null)
  assert.equal(advise({ steady: steadyWith({ serviceMeanMs: null }) }), null)
})

test('a target without such a setting gets no cap', () => {
  assert.equal(advise({ current: {} }), null)
})

test('a cap beyond the concurrency where throughput falls is a doubt', () => {
  // The law with contention 0.02 and coherency 0.002: the peak is at √(0.98 / 0.002) = 22.1, 11.1 for each worker.
  const law = (count: number): number => (100 * count) / (1 + 0.02 * (count - 1) + 0.002 * count * (count - 1))
  const advice = advise({ ramp: ramp([1, 2, 4, 8, 16, 32, 64].map((count) => [count, law(count)] as const)) })
  assert.equal(advice?.evidence['throughputFallsBeyond'], 11.1)
  assert.match(String(advice?.evidence['doubts']), /slow each other down/)
})
