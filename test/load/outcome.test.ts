import assert from 'node:assert/strict'
import { test } from 'node:test'

import { classify, saysCacheHit } from '../../src/load/outcome.ts'

test('without an expected status any 2xx or 3xx is good', () => {
  for (const status of [200, 204, 206, 301, 304, 399]) assert.equal(classify(status, true, {}), 'good')
})

test('429 is limited, 503 is shed, every other wrong status is failed', () => {
  assert.equal(classify(429, true, {}), 'limited')
  assert.equal(classify(503, true, {}), 'shed')
  for (const status of [101, 400, 404, 500, 502]) assert.equal(classify(status, true, {}), 'failed')
})

test('an expected status is the only good one, also when it is 429 or 503', () => {
  assert.equal(classify(404, true, { status: [404] }), 'good')
  assert.equal(classify(503, true, { status: [503] }), 'good')
  assert.equal(classify(200, true, { status: [404] }), 'failed')
  assert.equal(classify(429, true, { status: [201] }), 'limited')
})

test('a wrong body of a right status is mismatched, that of a wrong status is not looked at', () => {
  assert.equal(classify(200, false, { bodyContains: 'x' }), 'mismatched')
  assert.equal(classify(503, false, { bodyContains: 'x' }), 'shed')
})

test('a cache hit is recognised as caches write it', () => {
  for (const value of ['HIT', 'hit', 'STALE', 'Hit from cloudfront']) assert.equal(saysCacheHit(value), true)
  for (const value of ['MISS', 'EXPIRED', 'HITLESS', '', undefined]) assert.equal(saysCacheHit(value), false)
})
