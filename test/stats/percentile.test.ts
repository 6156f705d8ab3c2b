import assert from 'node:assert/strict'
import { test } from 'node:test'

import { median, relativeSpread } from '../../src/stats/percentile.ts'

test('the median of an odd number of samples is the one in the middle, whatever their order', () => {
  assert.equal(median([310, 290, 300]), 300)
})

test('the median of an even number of samples is the mean of the two in the middle', () => {
  assert.equal(median([4, 1, 10, 2]), 3)
})

test('the relative spread is the range in units of the median', () => {
  assert.equal(relativeSpread([90, 100, 115]), 0.25)
  assert.equal(relativeSpread([7]), 0)
})

test('no samples have neither a median nor a spread', () => {
  assert.throws(() => median([]), RangeError)
  assert.throws(() => relativeSpread([]), RangeError)
  assert.throws(() => relativeSpread([0, 0, 4]), RangeError)
})
