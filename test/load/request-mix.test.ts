import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { WHOLE } from '../../src/core/generator-messages.ts'
import { seededRandom } from '../../src/core/random.ts'
import { RequestMix } from '../../src/load/request-mix.ts'

const weights = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 })

function deal(mix: RequestMix, times: number): number[] {
  return Array.from({ length: times }, () => mix.next())
}

test('every round of a mix holds each request as often as its weight says', () => {
  fc.assert(
    fc.property(weights, fc.integer(), (given, seed) => {
      const mix = new RequestMix(given, seededRandom(seed), WHOLE)
      const total = given.reduce((sum, weight) => sum + weight, 0)
      for (let round = 0; round < 3; round++) {
        const dealt = deal(mix, total)
        assert.deepEqual(
          given.map((_, index) => dealt.filter((route) => route === index).length),
          given,
        )
      }
    }),
  )
})

test('the same seed repeats a mix, and another one does not', () => {
  const first = deal(new RequestMix([3, 2, 1], seededRandom(7), WHOLE), 120)
  assert.deepEqual(deal(new RequestMix([3, 2, 1], seededRandom(7), WHOLE), 120), first)
  assert.notDeepEqual(deal(new RequestMix([3, 2, 1], seededRandom(8), WHOLE), 120), first)
})

test('only the ratios of weights count: 8000 to 2000 is exact after five requests', () => {
  const dealt = deal(new RequestMix([8_000, 2_000], seededRandom(1), WHOLE), 5)
  assert.equal(dealt.filter((route) => route === 0).length, 4)
})

test('the shares of a mix together are the mix, with the same numbers and occurrences', () => {
  fc.assert(
    fc.property(weights, fc.integer(), fc.constantFrom(1, 2, 3, 7), (given, seed, of) => {
      const whole = new RequestMix(given, seededRandom(seed), WHOLE)
      const shares = Array.from({ length: of }, (_, index) => new RequestMix(given, seededRandom(seed), { index, of }))
      const seen = given.map(() => 0)
      for (let number = 0; number < 60; number++) {
        const share = shares[number % of] as RequestMix // as many as `of`
        const route = whole.next()
        assert.deepEqual(
          [share.next(), share.number, share.occurrence],
          [route, number, seen[route]],
          `request ${number} of ${of} shares`,
        )
        assert.deepEqual([whole.number, whole.occurrence], [number, seen[route]])
        seen[route] = (seen[route] ?? 0) + 1
      }
    }),
  )
})
