import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { scaleMaximum, sparkline } from '../../src/dashboard/sparkline.ts'

const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

test('each eighth of the scale has its own block', () => {
  const values = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  assert.deepEqual(sparkline(values, { columns: 9, rows: 1, maximum: 8, levels }), ['▁▁▂▃▄▅▆▇█'])
})

test('a gap is a space, and differs from 0', () => {
  assert.deepEqual(sparkline([0, null, 0], { columns: 3, rows: 1, maximum: 1, levels }), ['▁ ▁'])
})

test('the newest values stand at the right, and older ones without room are left out', () => {
  assert.deepEqual(sparkline([8, 8], { columns: 4, rows: 1, maximum: 8, levels }), ['  ██'])
  assert.deepEqual(sparkline([8, 8, 1, 4], { columns: 2, rows: 1, maximum: 8, levels }), ['▁▄'])
})

test('a higher drawing fills its lower rows first', () => {
  // 12 of 16 eighths: the lower row is full, the upper one half full.
  assert.deepEqual(sparkline([12, 4, 16], { columns: 3, rows: 2, maximum: 16, levels }), ['▄ █', '█▄█'])
})

test('a value above the scale fills the height', () => {
  assert.deepEqual(sparkline([99], { columns: 1, rows: 2, maximum: 1, levels }), ['█', '█'])
})

test('a drawing has exactly the rows and columns that were asked for', () => {
  const value = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }))
  const options = fc.record({ columns: fc.integer({ min: 1, max: 60 }), rows: fc.integer({ min: 1, max: 6 }) })
  fc.assert(
    fc.property(fc.array(value), options, (values, { columns, rows }) => {
      const lines = sparkline(values, { columns, rows, maximum: scaleMaximum(values), levels })
      assert.deepEqual(
        lines.map((line) => line.length),
        Array.from({ length: rows }, () => columns),
      )
    }),
  )
})

test('the scale ends at the next round number', () => {
  assert.equal(scaleMaximum([0.26]), 0.3)
  assert.equal(scaleMaximum([null, 2_249, 12]), 3_000)
  assert.equal(scaleMaximum([81]), 100)
  assert.equal(scaleMaximum([100]), 100)
})

test('a scale without values above 0 ends at 1', () => {
  assert.equal(scaleMaximum([]), 1)
  assert.equal(scaleMaximum([null, 0]), 1)
})

test('a scale holds every value and is at most twice as large as the largest', () => {
  const value = fc.double({ min: 1e-6, max: 1e12, noNaN: true })
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (values) => {
      const largest = Math.max(...values)
      assert.ok(scaleMaximum(values) >= largest)
      assert.ok(scaleMaximum(values) <= largest * 2.000001)
    }),
  )
})
