import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseConversation } from '../../../src/server/routes/ads.ts'
import { parseQuery } from '../../../src/server/routes/search.ts'

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

test('a query is split into words in lower case, at most 16', () => {
  assert.deepEqual(parseQuery(json({ query: 'Vaccine, für  2 Kinder!' })), ['vaccine', 'für', '2', 'kinder'])
  assert.equal(parseQuery(json({ query: 'word '.repeat(40) })).length, 16)
})

for (const body of [
  '',
  'no json',
  '[]',
  'null',
  '"text"',
  '{}',
  '{"query":7}',
  '{"query":"?!"}',
  json({ query: 'x'.repeat(513) }).toString(),
]) {
  test(`${body.slice(0, 20) || 'an empty body'} is no query`, () => {
    assert.equal(typeof parseQuery(Buffer.from(body)), 'string')
  })
}

test('a conversation keeps the roles and contents of its messages and nothing else', () => {
  const conversation = [{ role: 'user', content: 'hello', extra: 1 }]
  assert.deepEqual(parseConversation(json({ thread_name: 'a', conversation })), {
    threadName: 'a',
    messages: [{ role: 'user', content: 'hello' }],
  })
})

for (const input of [
  {},
  { thread_name: 'a' },
  { thread_name: 'a', conversation: [] },
  { thread_name: 7, conversation: [{ role: 'user', content: 'x' }] },
  { thread_name: 'a', conversation: [{ role: 'user' }] },
  { thread_name: 'a', conversation: [null] },
  { thread_name: 'a', conversation: Array.from({ length: 201 }, () => ({ role: 'user', content: 'x' })) },
]) {
  test(`${JSON.stringify(input).slice(0, 60)} is no conversation`, () => {
    assert.equal(typeof parseConversation(json(input)), 'string')
  })
}
