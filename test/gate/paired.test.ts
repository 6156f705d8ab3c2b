import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { compareOutcome } from '../../src/gate/paired.ts'

const margin = 0.03

// scipy 1.17.1: exp(mean(ln r)) and exp(mean ± t.ppf(0.975, n − 1) · std(ddof=1) / √n).
const JUDGED = [
  ['better', [1.08, 1.12, 1.1, 1.09], 1.0974007, 1.0706358, 1.1248347],
  ['equivalent', [1.01, 0.99, 1.005, 1, 0.995], 0.999975, 0.9902067, 1.0098396],
  ['worse', [0.9, 0.93, 0.88], 0.9031, 0.842856, 0.9676509],
  ['worse', [0.975, 0.985, 0.98, 0.97], 0.977484, 0.9672665, 0.9878095],
  ['inconclusive', [1.3, 0.95, 1.1], 1.1075242, 0.7499617, 1.6355633],
  ['inconclusive', [1.02, 1.02, 1.025, 1.04, 1.015, 1.03], 1.0249676, 1.0156493, 1.0343714],
] as const

for (const [outcome, ratios, ratio, low, high] of JUDGED)
  test(`pairs with the ratios ${ratios.join(', ')} are ${outcome}, with the interval that scipy gives`, () => {
    const verdict = compareOutcome(ratios, { margin })
    assert.equal(verdict.outcome, outcome)
    assert.equal(verdict.pairs, ratios.length)
    for (const [actual, expected] of [
      [verdict.ratio, ratio],
      [verdict.interval?.[0], low],
      [verdict.interval?.[1], high],
    ] as const)
      assert.ok(Math.abs(Number(actual) - expected) < 1e-6, `${actual} instead of ${expected}`)
  })

test('fewer than two pairs prove nothing', () => {
  assert.deepEqual(compareOutcome([2], { margin }), { outcome: 'inconclusive', ratio: 2, interval: null, pairs: 1 })
  assert.deepEqual(compareOutcome([], { margin }), { outcome: 'inconclusive', ratio: null, interval: null, pairs: 0 })
})

test('a ratio that is not above 0, and a margin that is not, are refused', () => {
  assert.throws(() => compareOutcome([1, 0], { margin }), RangeError)
  assert.throws(() => compareOutcome([1, Number.NaN], { margin }), RangeError)
  assert.throws(() => compareOutcome([1, 1], { margin: 0 }), RangeError)
})

const ratioLists = fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: 2, maxLength: 12 })

test('swapping the sides inverts the ratio and its interval', () => {
  fc.assert(
    fc.property(ratioLists, (ratios) => {
      const there = compareOutcome(ratios, { margin })
      const back = compareOutcome(
        ratios.map((ratio) => 1 / ratio),
        { margin },
      )
      assert.ok(Math.abs(Number(there.ratio) * Number(back.ratio) - 1) < 1e-9)
      assert.ok(Math.abs(Number(there.interval?.[0]) * Number(back.interval?.[1]) - 1) < 1e-6)
    }),
  )
})

test('a loss beyond the margin that lies in the interval is never called equivalent or better', () => {
  fc.assert(
    fc.property(ratioLists, (ratios) => {
      const { outcome, interval } = compareOutcome(ratios, { margin })
      if (Number(interval?.[0]) < 1 / (1 + margin)) assert.ok(outcome === 'worse' || outcome === 'inconclusive')
    }),
    { numRuns: 1_000 },
  )
})
