import assert from 'node:assert/strict'
import { test } from 'node:test'

import { medianError } from './support/judge-truth.ts'

// Median 3, deviations 2 1 0 1 2 with median 1: 1.4826 · 1.2533 / √5.
test('the error of a median is that of normal samples with the same median absolute deviation', () => {
  assert.ok(Math.abs(medianError([5, 1, 3, 2, 4]) - 0.831) < 0.001)
  assert.equal(medianError([7, 7, 7]), 0)
})
