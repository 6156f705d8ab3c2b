import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { closeness, editDistance } from '../../../src/server/text/edit-distance.ts'

// Textbook values: Wagner & Fischer 1974 and Wikipedia, "Levenshtein distance".
test('the distance is the number of letters to insert, delete or replace', () => {
  assert.equal(editDistance('kitten', 'sitting', 9), 3)
  assert.equal(editDistance('saturday', 'sunday', 9), 3)
  assert.equal(editDistance('', 'abc', 9), 3)
  assert.equal(editDistance('same', 'same', 9), 0)
})

test('a distance above the limit is one more than the limit', () => {
  assert.equal(editDistance('kitten', 'sitting', 2), 3)
  assert.equal(editDistance('abcdef', 'uvwxyz', 1), 2)
})

test('the distance does not depend on the order of the words, and is 0 only for equal ones', () => {
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, (left, right) => {
      const distance = editDistance(left, right, 20)
      assert.equal(distance, editDistance(right, left, 20))
      assert.equal(distance === 0, left === right)
      assert.ok(distance <= Math.max(left.length, right.length))
    }),
  )
})

test('closeness is the share of letters that agree, and 0 when more than a third differ', () => {
  assert.equal(closeness('berlin', 'berln'), 1 - 1 / 6)
  assert.equal(closeness('berlin', 'berlin'), 1)
  assert.equal(closeness('berlin', 'madrid'), 0)
})
