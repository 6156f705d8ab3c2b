import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { partOf } from '../../src/load/share.ts'

test('ten connections over three shares are three, three and four', () => {
  assert.deepEqual(
    [0, 1, 2].map((index) => partOf(10, { index, of: 3 })),
    [
      { first: 0, count: 3 },
      { first: 3, count: 3 },
      { first: 6, count: 4 },
    ],
  )
})

test('the parts of all shares follow each other, differ by one at most, and are the whole', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 16 }), (total, of) => {
      const parts = Array.from({ length: of }, (_, index) => partOf(total, { index, of }))
      let next = 0
      for (const { first, count } of parts) {
        assert.equal(first, next)
        assert.ok(count === Math.floor(total / of) || count === Math.ceil(total / of))
        next += count
      }
      assert.equal(next, total)
    }),
  )
})
