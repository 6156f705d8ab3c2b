import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { binomialTail, largestProbability } from '../../src/stats/binomial.ts'

test('the tail of a binomial distribution is the sum of its terms', () => {
  // P(Bin(4, 0.5) ≥ 3) = 5 / 16.
  assert.ok(Math.abs(binomialTail(4, 0.5, 3) - 5 / 16) < 1e-9)
  // 1 − 0.9^10 − 10 · 0.1 · 0.9^9.
  assert.ok(Math.abs(binomialTail(10, 0.1, 2) - 0.2639010709) < 1e-9)
  assert.deepEqual([binomialTail(4, 0.5, 0), binomialTail(4, 0.5, 5)], [1, 0])
  assert.deepEqual([binomialTail(4, 0, 1), binomialTail(4, 1, 4)], [0, 1])
})

test('more trials make a number of successes likelier, a larger number less likely', () => {
  const trials = fc.integer({ min: 1, max: 300 })
  const probability = fc.double({ min: 0.001, max: 0.999, noNaN: true })
  fc.assert(
    fc.property(trials, probability, fc.integer({ min: 1, max: 300 }), (count, chance, successes) => {
      const tail = binomialTail(count, chance, successes)
      assert.ok(tail >= 0 && tail <= 1)
      assert.ok(binomialTail(count + 1, chance, successes) >= tail - 1e-9)
      assert.ok(binomialTail(count, chance, successes + 1) <= tail + 1e-9)
    }),
  )
})

test('the largest probability is the upper end of the one-sided interval of Clopper and Pearson', () => {
  // scipy.stats.beta.ppf(0.95, 7, 5994) and (0.95, 401, 5600) of scipy 1.17.1.
  assert.ok(Math.abs(largestProbability(6_000, 6) - 0.001972771763860369) < 1e-9)
  assert.ok(Math.abs(largestProbability(6_000, 400) - 0.07220484862272476) < 1e-9)
  // Without a success 1 − 0.05^(1/n) in closed form, and close to the rule of three.
  assert.ok(Math.abs(largestProbability(100, 0) - (1 - 0.05 ** (1 / 100))) < 1e-9)
  // With one failure of two: (1 − p)² + 2p(1 − p) = 0.05, so p = √0.95.
  assert.ok(Math.abs(largestProbability(2, 1) - Math.sqrt(0.95)) < 1e-9)
  assert.equal(largestProbability(5, 5), 1)
})
