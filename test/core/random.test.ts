import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { exponential, logNormal, seededRandom, shuffled } from '../../src/core/random.ts'

const DRAWS = 20_000

function draws(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw)
}

test('the same seed gives the same sequence and another seed another one', () => {
  const [first, second, other] = [seededRandom(7), seededRandom(7), seededRandom(8)]
  const sequence = draws(50, first)
  assert.deepEqual(draws(50, second), sequence)
  assert.notDeepEqual(draws(50, other), sequence)
})

test('uniform draws lie in [0, 1) and fill ten equal bins evenly', () => {
  const random = seededRandom(1)
  const bins = Array.from({ length: 10 }, () => 0)
  for (const value of draws(DRAWS, random)) {
    assert.ok(value >= 0 && value < 1)
    bins[Math.floor(value * 10)]! += 1
  }
  const chiSquare = bins.reduce((sum, count) => sum + (count - DRAWS / 10) ** 2 / (DRAWS / 10), 0)
  assert.ok(chiSquare < 27.88, `χ² = ${chiSquare}; 27.88 is its 99.9 % quantile for 9 degrees of freedom`)
})

test('exponential draws have the mean asked for, and a standard deviation equal to it', () => {
  const random = seededRandom(2)
  const sample = draws(DRAWS, () => exponential(random, 10))
  const mean = sample.reduce((sum, value) => sum + value, 0) / DRAWS
  const deviation = Math.sqrt(sample.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS)
  assert.ok(Math.abs(mean - 10) < 0.3 && Math.abs(deviation - 10) < 0.5, `mean ${mean}, deviation ${deviation}`)
})

test('log-normal draws have the median asked for', () => {
  const random = seededRandom(3)
  const below = draws(DRAWS, () => logNormal(random, 20, 0.4)).filter((value) => value < 20).length
  assert.ok(Math.abs(below / DRAWS - 0.5) < 0.015, `${below} of ${DRAWS} below the median`)
})

test('shuffling keeps every item and leaves the input alone', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
      const before = [...items]
      const result = shuffled(seededRandom(seed), items)
      assert.deepEqual(items, before)
      const ascending = (left: number, right: number): number => left - right
      assert.deepEqual(result.toSorted(ascending), items.toSorted(ascending))
    }),
  )
})
