import assert from 'node:assert/strict'
import { test } from 'node:test'

import { queueLength } from '../../src/sizing/queue-length.ts'

test('a queue holds what the loop serves in the time that the objective leaves', () => {
  // 0.95 / 2 ms × (200 − 40) ms
  assert.equal(queueLength(2, 200, 40), 76)
})

test('a queue has room for one request even when the objective leaves no time', () => {
  assert.equal(queueLength(2, 200, 250), 1)
})
