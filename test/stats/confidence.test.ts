import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { meanInterval, quantileRanks } from '../../src/stats/confidence.ts'
import { nearestRank } from '../../src/stats/percentile.ts'

// From scipy.stats.binom 1.17.1: the largest l with cdf(l − 1) ≤ 0.025, the smallest u with cdf(u − 1) ≥ 0.975.
const SCIPY = [
  { count: 6, quantile: 0.5, low: 1, high: 6 },
  { count: 10, quantile: 0.5, low: 2, high: 9 },
  { count: 20, quantile: 0.5, low: 6, high: 15 },
  { count: 100, quantile: 0.5, low: 40, high: 61 },
  { count: 72, quantile: 0.95, low: 64, high: 72 },
  { count: 368, quantile: 0.99, low: 360, high: 368 },
  { count: 1_000, quantile: 0.95, low: 936, high: 964 },
  { count: 1_000, quantile: 0.99, low: 983, high: 997 },
  { count: 10_000, quantile: 0.999, low: 9_983, high: 9_997 },
  { count: 100_000, quantile: 0.99, low: 98_938, high: 99_062 },
  { count: 1_000_000, quantile: 0.5, low: 499_020, high: 500_981 },
]

for (const { count, quantile, low, high } of SCIPY) {
  test(`the ${quantile} quantile of ${count} samples lies between the ranks ${low} and ${high}`, () => {
    assert.deepEqual(quantileRanks(count, quantile), { lowRank: low, highRank: high })
  })
}

test('too few samples enclose no quantile', () => {
  // 0.5^5 = 0.031 > 0.025; 0.95^71 = 0.0262 and 0.99^366 = 0.0253 as well.
  assert.equal(quantileRanks(5, 0.5), null)
  assert.equal(quantileRanks(71, 0.95), null)
  assert.equal(quantileRanks(366, 0.99), null)
  assert.equal(quantileRanks(0, 0.5), null)
})

test('a quantile outside (0, 1) has no interval', () => {
  assert.throws(() => quantileRanks(100, 0), RangeError)
  assert.throws(() => quantileRanks(100, 1), RangeError)
})

test('the ranks enclose that of the quantile itself', () => {
  const quantiles = fc.double({ min: 0.001, max: 0.999, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), quantiles, (count, quantile) => {
      const ranks = quantileRanks(count, quantile)
      const rank = nearestRank(count, quantile)
      assert.ok(ranks === null || (ranks.lowRank <= rank && rank <= ranks.highRank && ranks.highRank <= count))
    }),
  )
})

test('the mean of boots has the interval of a worked example', () => {
  // Mean 12, s = √2.5, t(0.975, 4) = 2.776: 12 ± 2.776 · 0.7071.
  const interval = meanInterval([10, 11, 12, 13, 14])
  assert.equal(interval?.mean, 12)
  assert.equal(interval?.low.toFixed(3), '10.037')
  assert.equal(interval?.high.toFixed(3), '13.963')
})

test('one value has no interval, and equal ones have one without width', () => {
  assert.equal(meanInterval([7]), null)
  assert.equal(meanInterval([]), null)
  assert.deepEqual(meanInterval([7, 7, 7]), { mean: 7, low: 7, high: 7 })
})

test('an interval holds the true mean of normal values in 95 of 100 cases', () => {
  let seed = 1
  const draw = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  const normal = (): number => Math.sqrt(-2 * Math.log(draw())) * Math.cos(2 * Math.PI * draw())
  const rounds = 4_000
  let holds = 0
  for (let round = 0; round < rounds; round++) {
    const interval = meanInterval(Array.from({ length: 5 }, normal))
    if (interval !== null && interval.low <= 0 && interval.high >= 0) holds++
  }
  assert.ok(Math.abs(holds / rounds - 0.95) < 0.012, `${holds} of ${rounds}`)
})
