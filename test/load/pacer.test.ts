import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { seededRandom } from '../../src/core/random.ts'
import { WHOLE } from '../../src/core/generator-messages.ts'
import { constantRate } from '../../src/core/rate-profile.ts'
import type { Arrivals } from '../../src/core/workload.ts'
import { Pacer } from '../../src/load/pacer.ts'

function startsMs(arrivals: Arrivals, ratePerS: number, durationMs: number, seed = 1): number[] {
  const pacer = new Pacer({ stretches: constantRate(ratePerS, durationMs), arrivals, share: WHOLE }, seededRandom(seed))
  const starts: number[] = []
  for (; pacer.nextMs !== Infinity; pacer.advance()) starts.push(pacer.nextMs)
  return starts
}

test('uniform arrivals start at 0 and keep their distance', () => {
  assert.deepEqual(startsMs('uniform', 50, 100), [0, 20, 40, 60, 80])
})

test('uniform arrivals are exactly as many as rate times duration', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 20 }), (ratePerS, seconds) => {
      assert.equal(startsMs('uniform', ratePerS, seconds * 1_000).length, ratePerS * seconds)
    }),
  )
  assert.equal(startsMs('uniform', 0.1, 30_000).length, 3)
  assert.equal(startsMs('uniform', 0.5, 1_000).length, 0)
})

test('the last of many uniform arrivals has not drifted', () => {
  // 30/s for an hour: the last one is due one gap before the end.
  const last = startsMs('uniform', 30, 3_600_000).at(-1) ?? 0
  assert.ok(Math.abs(last - (3_600_000 - 1_000 / 30)) < 1e-6)
})

test('Poisson arrivals are as many as a Poisson count of their mean can be', () => {
  // Mean 20 000, standard deviation √20 000 ≈ 141: five of them are exceeded once in two million.
  for (const seed of [1, 2, 3]) assert.ok(Math.abs(startsMs('poisson', 1_000, 20_000, seed).length - 20_000) < 5 * 141)
})

test('the gaps of Poisson arrivals are exponential: as long as their mean with the probability 1/e', () => {
  const starts = startsMs('poisson', 1_000, 20_000)
  const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0))
  const longer = gaps.filter((gap) => gap > 1).length / gaps.length
  // Standard error √(0.368 × 0.632 / 20 000) ≈ 0.0034.
  assert.ok(Math.abs(longer - 1 / Math.E) < 0.017, `${longer}`)
})

test('the same seed repeats Poisson arrivals', () => {
  assert.deepEqual(startsMs('poisson', 100, 1_000, 5), startsMs('poisson', 100, 1_000, 5))
  assert.notDeepEqual(startsMs('poisson', 100, 1_000, 5), startsMs('poisson', 100, 1_000, 6))
})

test('arrivals ascend and lie within the phase', () => {
  const workload = fc.record({ rate: fc.double({ min: 0.1, max: 500, noNaN: true }), seed: fc.integer() })
  fc.assert(
    fc.property(fc.constantFrom<Arrivals>('uniform', 'poisson'), workload, (arrivals, { rate, seed }) => {
      const starts = startsMs(arrivals, rate, 2_000, seed)
      assert.ok(starts.every((start, index) => start >= (starts[index - 1] ?? 0) && start < 2_000))
    }),
  )
})
