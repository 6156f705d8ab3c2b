import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConsecutiveFailures } from '../../src/resilience/failure-detector.ts'

test('consecutive failures trip at the threshold, and a success or a reset starts the count again', () => {
  const detector = new ConsecutiveFailures(2)
  assert.equal(detector.record('failure'), false)
  assert.equal(detector.record('success'), false)
  assert.equal(detector.record('failure'), false)
  assert.equal(detector.record('failure'), true)
  assert.equal(detector.failures(), 2)
  detector.reset()
  assert.equal(detector.failures(), 0)
  assert.equal(detector.record('failure'), false)
})
