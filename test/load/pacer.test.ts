import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { seededRandom } from '../../src/core/random.ts'
import { WHOLE } from '../../src/core/generator-messages.ts'
import type { RateStretch } from '../../src/core/rate-profile.ts'
import type { Arrivals } from '../../src/core/workload.ts'
import { Pacer, type Schedule } from '../../src/load/pacer.ts'
import { startsMs } from './starts.ts'

const SEEDS = [1, 2, 3]
/** Of the long schedules: 20,000 arrivals. */
const RATE_PER_S = 1_000
const DURATION_MS = 20_000

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

function gapsOf(starts: readonly number[]): number[] {
  return starts.slice(1).map((start, index) => start - (starts[index] ?? Number.NaN))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Standard deviation / mean: 0 for even gaps, 1 for exponential ones. */
function variation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2))) / middle
}

/** The largest distance between the share of gaps up to x and 1 − exp(−x/mean), over all x (Kolmogorov and Smirnov). */
function distanceFromExponential(gaps: readonly number[], meanMs: number): number {
  const sorted = gaps.toSorted((left, right) => left - right)
  return sorted.reduce((largest, gap, index) => {
    const law = 1 - Math.exp(-gap / meanMs)
    return Math.max(largest, law - index / sorted.length, (index + 1) / sorted.length - law)
  }, 0)
}

test('the gaps of Poisson arrivals are exponential by mean, variation and distribution', () => {
  for (const seed of SEEDS) {
    const gaps = gapsOf(startsMs('poisson', RATE_PER_S, DURATION_MS, seed))
    const root = Math.sqrt(gaps.length)
    // The mean has the standard error 1/√n; so has the variation, 1/√n for exponential gaps.
    assert.ok(Math.abs(mean(gaps) - 1) < 4 / root, `mean ${mean(gaps)}`)
    assert.ok(Math.abs(variation(gaps) - 1) < 4 / root, `variation ${variation(gaps)}`)
    // Massey 1951: 1.95/√n is exceeded once in a thousand.
    const distance = distanceFromExponential(gaps, 1)
    assert.ok(distance < 1.95 / root, `distance ${distance}`)
  }
})

test('the gaps of Poisson arrivals say nothing about the ones that follow', () => {
  for (const seed of SEEDS) {
    const gaps = gapsOf(startsMs('poisson', RATE_PER_S, DURATION_MS, seed))
    const products = gaps.slice(1).map((gap, index) => (gap - 1) * ((gaps[index] ?? Number.NaN) - 1))
    // The correlation of independent neighbours has the standard error 1/√n.
    assert.ok(Math.abs(mean(products)) < 4 / Math.sqrt(gaps.length), `correlation ${mean(products)}`)
  }
})

test('even gaps are far from exponential ones, and do not vary', () => {
  const gaps = gapsOf(startsMs('uniform', RATE_PER_S, DURATION_MS, 1))
  assert.ok(Math.abs(mean(gaps) - 1) < 1e-9)
  assert.ok(variation(gaps) < 1e-9)
  // All gaps equal the mean: up to there the law holds 1 − 1/e of them, the schedule none.
  assert.ok(Math.abs(distanceFromExponential(gaps, 1) - (1 - 1 / Math.E)) < 1e-6)
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

/** Up from standstill, on, down to standstill, nothing, and a spike. */
const CHANGING: readonly RateStretch[] = [
  { durationMs: 2_000, fromPerS: 0, toPerS: 300 },
  { durationMs: 500, fromPerS: 300, toPerS: 300 },
  { durationMs: 1_000, fromPerS: 300, toPerS: 0 },
  { durationMs: 700, fromPerS: 0, toPerS: 0 },
  { durationMs: 100, fromPerS: 2_000, toPerS: 2_000 },
  { durationMs: 1_000, fromPerS: 10, toPerS: 10 },
]

/** The integral of the rate from the start to `timeMs`: the trapezia under it. */
function integralAt(stretches: readonly RateStretch[], timeMs: number): number {
  let integral = 0
  let startMs = 0
  for (const { durationMs, fromPerS, toPerS } of stretches) {
    const withinMs = Math.min(Math.max(timeMs - startMs, 0), durationMs)
    const rateThen = fromPerS + ((toPerS - fromPerS) * withinMs) / durationMs
    integral += (((fromPerS + rateThen) / 2) * withinMs) / 1_000
    startMs += durationMs
  }
  return integral
}

function arrivalsOfShare(schedule: Schedule, seed = 1): [number: number, atMs: number][] {
  const pacer = new Pacer(schedule, seededRandom(seed))
  const arrivals: [number, number][] = []
  for (; pacer.nextMs !== Infinity; pacer.advance()) arrivals.push([pacer.number, pacer.nextMs])
  return arrivals
}

test('a rate that rises from 0 to 100/s in 10 s has its nth arrival at √(n / 5) s', () => {
  // ∫ 10 t dt = 5 t² = n.
  const stretches = [{ durationMs: 10_000, fromPerS: 0, toPerS: 100 }]
  const starts = arrivalsOfShare({ stretches, arrivals: 'uniform', share: WHOLE })
  assert.equal(starts.length, 500)
  for (const [number, atMs] of starts) assert.ok(Math.abs(atMs - Math.sqrt(number / 5) * 1_000) < 1e-6)
})

test('a rate that falls from 100/s to 0 in 10 s has its nth arrival at 10 − √(100 − n / 5) s', () => {
  // ∫ (100 − 10 t) dt = 100 t − 5 t² = n.
  const stretches = [{ durationMs: 10_000, fromPerS: 100, toPerS: 0 }]
  const starts = arrivalsOfShare({ stretches, arrivals: 'uniform', share: WHOLE })
  assert.equal(starts.length, 500)
  for (const [number, atMs] of starts) assert.ok(Math.abs(atMs - (10 - Math.sqrt(100 - number / 5)) * 1_000) < 1e-5)
})

test('steps change the distance of arrivals at once', () => {
  const stretches = [10, 20].map((ratePerS) => ({ durationMs: 200, fromPerS: ratePerS, toPerS: ratePerS }))
  const starts = arrivalsOfShare({ stretches, arrivals: 'uniform', share: WHOLE }).map(([, atMs]) => atMs)
  assert.deepEqual(starts, [0, 100, 200, 250, 300, 350])
})

test('even arrivals of any rate come when its integral reaches the next whole number', () => {
  const starts = arrivalsOfShare({ stretches: CHANGING, arrivals: 'uniform', share: WHOLE })
  assert.equal(starts.length, 300 + 150 + 150 + 200 + 10)
  for (const [number, atMs] of starts) assert.ok(Math.abs(integralAt(CHANGING, atMs) - number) < 1e-6, `${number}`)
})

test('Poisson arrivals of any rate are those of a constant rate of 1, seen through its integral', () => {
  const gaps = seededRandom(1)
  let integral = 0
  for (const [, atMs] of arrivalsOfShare({ stretches: CHANGING, arrivals: 'poisson', share: WHOLE })) {
    integral += -Math.log(1 - gaps())
    assert.ok(Math.abs(integralAt(CHANGING, atMs) - integral) < 1e-6)
  }
  assert.ok(integral <= 810 && integral > 810 - 20)
})

test('the arrivals of all shares together are exactly those of one', () => {
  const rate = fc.integer({ min: 0, max: 500 })
  const stretch = fc.record({ durationMs: fc.integer({ min: 1, max: 1_000 }), fromPerS: rate, toPerS: rate })
  const stretchesOf = fc.array(stretch, { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(
      fc.constantFrom<Arrivals>('uniform', 'poisson'),
      fc.constantFrom(1, 2, 3, 7),
      fc.oneof(fc.constant(CHANGING), stretchesOf),
      fc.integer(),
      (arrivals, of, stretches, seed) => {
        const all = arrivalsOfShare({ stretches, arrivals, share: WHOLE }, seed)
        const parts = Array.from({ length: of }, (_, index) =>
          arrivalsOfShare({ stretches, arrivals, share: { index, of } }, seed),
        )
        assert.deepEqual(
          parts.flat().sort(([a], [b]) => a - b),
          all,
        )
        for (const [index, part] of parts.entries()) assert.ok(part.every(([number]) => number % of === index))
      },
    ),
  )
})
