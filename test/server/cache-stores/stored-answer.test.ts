import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { decodeAnswer, encodeAnswer } from '../../../src/server/cache-stores/stored-answer.ts'
import type { StoredAnswer } from '../../../src/server/cache-stores/stored-answer.ts'
import { keptAnswer } from '../../../src/server/middleware/cache-policy.ts'

function storedWith(body: string | Buffer, headers: readonly string[] = []): StoredAnswer {
  const answer = { status: 200, contentType: 'text/plain', body, headers }
  return { answer, madeAtMs: 5, ttlMs: 10_000, source: 'called', isForAll: true }
}

test('an answer comes back as it was, with its age, whatever it is made of', () => {
  const body = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  )
  fc.assert(
    fc.property(fc.string(), body, fc.array(fc.string()), (key, content, headers) => {
      const stored = storedWith(content, headers)
      const found = decodeAnswer(key, encodeAnswer(key, stored), 4_000, 100_000)
      assert.deepEqual(found?.answer, stored.answer)
      assert.deepEqual([found.madeAtMs, found.ttlMs, found.source], [94_000, 10_000, 'shared'])
    }),
  )
})

test('CA22 an entry with any bit changed, any part cut off or anything behind it is none', () => {
  const bytes = encodeAnswer('k', storedWith('the body', ['X-It', 'a']))
  assert.ok(decodeAnswer('k', bytes, 1, 0) !== undefined)
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ (1 << bit)
      assert.equal(decodeAnswer('k', changed, 1, 0), undefined, `bit ${bit} of byte ${at}`)
    }
    assert.equal(decodeAnswer('k', bytes.subarray(0, at), 1, 0), undefined, `${at} bytes`)
  }
  assert.equal(decodeAnswer('k', Buffer.concat([bytes, Buffer.from('x')]), 1, 0), undefined)
})

test("CA22 an entry under another one's key is none", () => {
  assert.equal(decodeAnswer('other', encodeAnswer('k', storedWith('v')), 1, 0), undefined)
})

test('CA22 an entry that has more time left than it ever had was stored by another clock, and is none', () => {
  const bytes = encodeAnswer('k', storedWith('v'))
  assert.ok(decodeAnswer('k', bytes, 10_000, 0) !== undefined)
  assert.equal(decodeAnswer('k', bytes, 10_001, 0), undefined)
})

test('CA17 a small body keeps no other memory alive than its own', () => {
  const body = Buffer.from('right')
  const found = decodeAnswer('k', encodeAnswer('k', storedWith(body)), 1, 0) ?? assert.fail('not found')
  for (const own of [found.answer.body, keptAnswer(storedWith(body).answer).body]) {
    assert.ok(Buffer.isBuffer(own) && own.equals(body))
    assert.equal(own.buffer.byteLength, body.length)
  }
})

test('CA17 an answer that was found cannot be changed, and holds no memory of the reply that brought it', () => {
  const reply = encodeAnswer('k', storedWith(Buffer.from('right'), ['X-It', 'a']))
  const found = decodeAnswer('k', reply, 1, 0) ?? assert.fail('not found')
  reply.fill(0)
  assert.equal(String(found.answer.body), 'right')
  assert.ok(Object.isFrozen(found.answer) && Object.isFrozen(found.answer.headers))
})
