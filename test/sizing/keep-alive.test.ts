import assert from 'node:assert/strict'
import { test } from 'node:test'

import { keepAliveSeconds } from '../../src/sizing/keep-alive.ts'

test('the server keeps connections five seconds longer than the balancer', () => {
  // AWS load balancers: 60 s → 65; nginx: 75 s → 80.
  assert.deepEqual([keepAliveSeconds(60), keepAliveSeconds(75)], [65, 80])
})
