import assert from 'node:assert/strict'
import { test } from 'node:test'

import { closedLoopThroughput, inFlight } from '../../src/sizing/littles-law.ts'

test('500 requests/s of 80 ms are 40 requests in flight', () => {
  assert.equal(inFlight(500, 80), 40)
})

test('8 requests in flight at 50 ms cannot be more than 160 requests/s', () => {
  assert.equal(closedLoopThroughput(8, 50, 0), 160)
})

test('100 users who think for 2 s and wait for 50 ms ask for 49 requests/s', () => {
  assert.equal(closedLoopThroughput(100, 50, 2_000).toFixed(1), '48.8')
})
