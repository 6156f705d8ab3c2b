import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { intervalOf, type Spread, spreadOf } from '../../../src/sizing/advice/spread.ts'

function varyingBy(halfWidthFraction: number): Spread {
  return { halfWidthFraction, over: 'boots', count: 5 }
}

test('fewer than three values, and a mean of 0, have no spread', () => {
  assert.equal(spreadOf([1, 2], 'boots'), null)
  assert.equal(spreadOf([-1, 0, 1], 'boots'), null)
  assert.equal(spreadOf([2, 2, 2], 'boots')?.halfWidthFraction, 0)
})

test('an interval is the formula at both ends, also where it falls', () => {
  assert.deepEqual(
    intervalOf([varyingBy(0.1)], (factor) => Math.round(100 * factor)),
    { interval: [90, 110] },
  )
  assert.deepEqual(
    intervalOf([varyingBy(0.1)], (factor) => Math.round(99 / factor)),
    { interval: [90, 110] },
  )
})

test('figures that vary independently widen an interval as the root of their squares', () => {
  // 3² + 4² = 5²
  assert.deepEqual(
    intervalOf([varyingBy(0.03), varyingBy(0.04)], (factor) => Math.round(100 * factor)),
    { interval: [95, 105] },
  )
})

test('one figure that is not known to vary leaves no interval at all', () => {
  assert.deepEqual(
    intervalOf([varyingBy(0.1), null], (factor) => factor),
    {},
  )
})

test('an interval encloses the value, however wide the figures vary', () => {
  const halfWidths = fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(halfWidths, fc.integer({ min: 1, max: 1_000 }), (fractions, value) => {
      const { interval } = intervalOf(fractions.map(varyingBy), (factor) => Math.max(1, Math.round(value * factor)))
      assert.ok(interval !== undefined && interval[0] <= value && value <= interval[1] && interval[0] >= 1)
    }),
  )
})
