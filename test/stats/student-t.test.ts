import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { meanInterval } from '../../src/stats/confidence.ts'
import { studentTQuantile } from '../../src/stats/student-t.ts'

// NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2, columns 0.95, 0.975 and 0.995.
const TABLE = [
  [1, 6.314, 12.706, 63.657],
  [2, 2.92, 4.303, 9.925],
  [3, 2.353, 3.182, 5.841],
  [4, 2.132, 2.776, 4.604],
  [5, 2.015, 2.571, 4.032],
  [9, 1.833, 2.262, 3.25],
  [10, 1.812, 2.228, 3.169],
  [19, 1.729, 2.093, 2.861],
  [30, 1.697, 2.042, 2.75],
  [100, 1.66, 1.984, 2.626],
] as const

for (const [degrees, ...row] of TABLE) {
  test(`the quantiles of t with ${degrees} degrees of freedom are those of the published table`, () => {
    assert.deepEqual(
      [0.95, 0.975, 0.995].map((quantile) => Number(studentTQuantile(quantile, degrees).toFixed(3))),
      row,
    )
  })
}

test('quantiles of t are symmetric and grow with the probability', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0.501, max: 0.99, noNaN: true }), (degrees, high) => {
      const upper = studentTQuantile(high, degrees)
      assert.ok(Math.abs(upper + studentTQuantile(1 - high, degrees)) < 1e-6 * Math.max(1, upper))
      assert.ok(upper < studentTQuantile(high + 0.005, degrees))
    }),
  )
})

test('a quantile outside of (0, 1) and degrees below 1 are refused', () => {
  for (const [quantile, degrees] of [
    [0, 3],
    [1, 3],
    [Number.NaN, 3],
    [0.5, 0],
    [0.5, 1.5],
  ] as const)
    assert.throws(() => studentTQuantile(quantile, degrees), RangeError)
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
