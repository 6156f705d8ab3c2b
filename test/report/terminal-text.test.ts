import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { cutTo, displayWidth, printable, toAscii, wrap } from '../../src/report/terminal-text.ts'

test('escape sequences are taken out whole, and nothing of them stays as text', () => {
  assert.equal(printable('a\u001B[31;1mred\u001B[0m b'), 'ared b')
  assert.equal(printable('\u001B]0;owned\u0007title'), 'title')
  assert.equal(printable('\u001B]8;;http://evil\u001B\\link\u001B]8;;\u001B\\'), 'link')
  assert.equal(printable('\u009B2Jcleared'), 'cleared')
  assert.equal(printable('\u001BPdcs\u001B\\x\u001B(By'), 'xy')
})

test('line breaks become spaces, and characters that hide or reverse text are removed', () => {
  assert.equal(printable('one\r\ntwo\u2028three\tfour'), 'one two three four')
  assert.equal(printable('abc\u202Edcba\u200B\u0000\u0008'), 'abcdcba')
})

test('printable text has no control characters, whatever it was made from', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(printable(text), /\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u)
    }),
  )
})

test('ASCII text keeps its meaning where there is a usual spelling', () => {
  assert.equal(toAscii('2 × 5 µs ≤ 1 … – café 漢'), '2 x 5 us <= 1 ... - cafe ?')
})

test('wide characters count two columns, combining ones none', () => {
  assert.deepEqual(['abc', '漢字', 'e\u0301', '🚀'].map(displayWidth), [3, 4, 1, 2])
})

test('cut text fits and shows that it was cut', () => {
  assert.equal(cutTo('GET /items', 20, '…'), 'GET /items')
  assert.equal(cutTo('GET /items/long', 8, '…'), 'GET /it…')
  assert.equal(cutTo('漢字漢字', 6, '…'), '漢字…')
})

test('wrapped lines fit, break at spaces, and break a word only when it is longer than a line', () => {
  assert.deepEqual(wrap('one two three', 7), ['one two', 'three'])
  assert.deepEqual(wrap('a https://example.org', 8), ['a', 'https://', 'example.', 'org'])
  assert.deepEqual(wrap('', 5), [''])
})

test('wrapping keeps every word and never exceeds the width', () => {
  fc.assert(
    fc.property(fc.lorem({ maxCount: 40 }), fc.integer({ min: 4, max: 60 }), (text, width) => {
      const lines = wrap(text, width)
      assert.ok(lines.every((line) => displayWidth(line) <= width))
      assert.equal(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''))
    }),
  )
})
