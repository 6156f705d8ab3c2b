import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

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
