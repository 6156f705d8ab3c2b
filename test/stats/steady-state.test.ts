import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { logNormal, seededRandom } from '../../src/core/random.ts'
import { type SeriesValue, steadyStateOf, warmUpIsOver } from '../../src/stats/steady-state.ts'

/** Values every 100 ms. */
function every100Ms(values: readonly number[]): readonly SeriesValue[] {
  return values.map((value, index) => ({ elapsedMs: (index + 1) * 100, value }))
}

/** Batches of five values whose means are given; the values of a batch differ, so that only their mean can count. */
function withBatchMeans(means: readonly number[]): readonly SeriesValue[] {
  return every100Ms(means.flatMap((mean) => [mean - 2, mean + 1, mean, mean - 1, mean + 2]))
}

/** `count` values around `level(x)`, x going from 0 to 1, that scatter by 8 %. */
function scattered(count: number, seed: number, level: (x: number) => number): readonly SeriesValue[] {
  const random = seededRandom(seed)
  return every100Ms(Array.from({ length: count }, (_, index) => logNormal(random, level(index / count), 0.08)))
}

// By hand, (Σ y² − (Σ y)²/n) / n² over what is left after d batches: d = 0: 363.5/64 = 5.68, 1: 80/49 = 1.63,
// 2: 5.33/36 = 0.148, 3: 4.8/25 = 0.192, 4: 4/16 = 0.25. The smallest is at d = 2, which are 10 values or 1 s.
test('as many batches of five are cut off as leave the smallest squared standard error', () => {
  assert.deepEqual(steadyStateOf(withBatchMeans([30, 20, 10, 10, 12, 10, 12, 10])), { hasSettled: true, fromS: 1 })
})

test('a series that is level from the beginning has settled at 0 s', () => {
  assert.deepEqual(steadyStateOf(every100Ms(Array.from({ length: 40 }, () => 7))), { hasSettled: true, fromS: 0 })
})

test('a series that still falls at half of its length has not settled', () => {
  // Four level batches have no error at all, so the best cut is 4, the bound; 50 to 60 before it and 10 after are a step.
  assert.deepEqual(steadyStateOf(withBatchMeans([80, 70, 60, 50, 10, 10, 10, 10])), { hasSettled: false, fromS: 2 })
})

test('a step of less than a tenth is no reason to call a series unsettled, however clear it is', () => {
  assert.equal(steadyStateOf(withBatchMeans([109, 109, 109, 109, 100, 100, 100, 100]))?.hasSettled, true)
  assert.equal(steadyStateOf(withBatchMeans([111, 111, 111, 111, 100, 100, 100, 100]))?.hasSettled, false)
})

test('fewer than 40 values do not tell', () => {
  const level = Array.from({ length: 40 }, () => 1)
  assert.equal(steadyStateOf(every100Ms(level.slice(1))), null)
  assert.notEqual(steadyStateOf(every100Ms(level)), null)
})

test('noise of 8 % alone unsettles fewer than one series in 200', () => {
  const unsettled = Array.from({ length: 2_000 }, (_, seed) => scattered(60 + (seed % 41), seed, () => 1)).filter(
    (series) => steadyStateOf(series)?.hasSettled !== true,
  )
  assert.ok(unsettled.length < 10, `${unsettled.length} of 2000`)
})

test('a transient that goes on over the whole series is found under noise of 8 %', () => {
  const missed = Array.from({ length: 200 }, (_, seed) =>
    scattered(100, seed, (x) => 1 + 1.2 * Math.exp(-2 * x)),
  ).filter((series) => steadyStateOf(series)?.hasSettled !== false)
  assert.ok(missed.length < 10, `${missed.length} of 200`)
})

test('a transient that ends early leaves the series settled, and is cut off', () => {
  for (let seed = 0; seed < 200; seed++) {
    const state = steadyStateOf(scattered(100, seed, (x) => (x < 0.2 ? 3 : 1)))
    assert.ok(state?.hasSettled === true && state.fromS >= 2, `seed ${seed}: ${JSON.stringify(state)}`)
  }
})

test('neither the unit nor the scale of the values matters', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(2 ** -10, 8, 2 ** 20), (seed, scale) => {
      const series = scattered(60, seed, (x) => 1 + Math.exp(-4 * x))
      const scaled = series.map(({ elapsedMs, value }) => ({ elapsedMs, value: value * scale }))
      assert.deepEqual(steadyStateOf(scaled), steadyStateOf(series))
    }),
  )
})

/** The squared standard errors that the cuts leave, by their definition. */
function errorsByDefinition(means: readonly number[]): readonly number[] {
  return Array.from({ length: Math.floor(means.length / 2) + 1 }, (_, cut) => {
    const rest = means.slice(cut)
    const mean = rest.reduce((sum, value) => sum + value, 0) / rest.length
    return rest.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rest.length ** 2
  })
}

test('no other cut leaves a smaller error, whatever the series and however far from 0 it is', () => {
  const batchMeans = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 8, maxLength: 60 })
  fc.assert(
    fc.property(batchMeans, fc.constantFrom(0, 1e6), (values, level) => {
      const means = values.map((value) => level + value)
      const cut = (steadyStateOf(withBatchMeans(means))?.fromS ?? NaN) * 2
      const errors = errorsByDefinition(means)
      const error = errors[cut] ?? NaN
      assert.ok(error <= Math.min(...errors) * (1 + 1e-9), `${cut}: ${errors.join(', ')}`)
    }),
  )
})

test('a warm-up is over after 4000 requests and when the series has settled, and not before', () => {
  const settled = withBatchMeans([30, 20, 10, 10, 12, 10, 12, 10])
  const falling = withBatchMeans([80, 70, 60, 50, 10, 10, 10, 10])
  assert.equal(warmUpIsOver({ completed: 4_000, series: settled }), true)
  assert.equal(warmUpIsOver({ completed: 3_999, series: settled }), false)
  assert.equal(warmUpIsOver({ completed: 100_000, series: falling }), false)
  assert.equal(warmUpIsOver({ completed: 100_000, series: settled.slice(1) }), false)
})
