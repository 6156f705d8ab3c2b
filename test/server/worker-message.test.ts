import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseWorkerMessage } from '../../src/server/worker-message.ts'

test('what a worker of ours says is read as it is', () => {
  for (const message of [
    { type: 'listening' },
    { type: 'alive' },
    { type: 'failed', message: 'no' },
    { type: 'failed', message: 'no', hint: 'try again' },
    { type: 'stats', id: 1, stats: { pid: 1 } },
    { type: 'worn', reason: 'age', requests: 1, rssBytes: 2 },
  ]) {
    assert.equal(parseWorkerMessage(message), message)
  }
})

for (const garbage of [
  undefined,
  null,
  17,
  'listening',
  [],
  {},
  { type: null },
  { type: '__proto__' },
  { type: 'constructor' },
  { type: 'toString' },
  { type: 'nonsense' },
  { type: ['listening'] },
  { type: 'failed' },
  { type: 'failed', message: 3 },
  { type: 'stats', id: '1', stats: {} },
  { type: 'stats', id: 1, stats: null },
  { type: 'worn' },
  { type: 'worn', reason: 'boredom', requests: 1, rssBytes: 1 },
  { type: 'worn', reason: 'age', requests: '1', rssBytes: 1 },
]) {
  test(`WK11 ${JSON.stringify(garbage)} is no message of a worker`, () => {
    assert.equal(parseWorkerMessage(garbage), undefined)
  })
}
