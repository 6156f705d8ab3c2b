import assert from 'node:assert/strict'
import { test } from 'node:test'

import { judge } from '../../src/load/validity.ts'
import type { ValidityInput } from '../../src/load/validity-input.ts'
import { openWorkload } from '../support/plans.ts'
import { CLOSED, COUNTS, evidenceOf, OPEN, USERS, verdicts } from './validity-examples.ts'

test('percentiles that so few good answers cannot tell are named, and no good answer at all is invalid', () => {
  const withGood = (good: number): ValidityInput => ({ ...OPEN, counts: { ...COUNTS, good, failed: 5_000 - good } })
  assert.deepEqual(verdicts([withGood(1_000), withGood(999), withGood(0)]), [
    'valid',
    'suspect few-samples',
    'invalid no-samples',
  ])
  const untold = [999, 200, 199, 20, 19, 1].map((good) => /tell (.*)$/.exec(evidenceOf(withGood(good)))?.[1])
  assert.deepEqual(untold, ['p99', 'p99', 'p95, p99', 'p95, p99', 'p50, p95, p99', 'p50, p95, p99'])
})

test('fewer than two connections per worker are suspect, unless the workers cannot be seen', () => {
  const few = { ...CLOSED, workload: { kind: 'closed', connections: 3 } } as const
  assert.deepEqual(verdicts([few, { ...few, workers: 1 }, { ...few, workers: null }]), [
    'suspect few-connections',
    'valid',
    'valid',
  ])
})

test('an open loop that began with too few connections is suspect, unless it had to open enough', () => {
  const workload = openWorkload(500, { initialConnections: 10, maxConnections: 1_000 })
  const begun = { ...OPEN, workload, workers: 6 }
  assert.deepEqual(
    verdicts([
      begun,
      { ...begun, connectionsOpened: 11 },
      { ...begun, connectionsOpened: 12 },
      { ...begun, workers: 5, connectionsOpened: 1 },
    ]),
    ['suspect few-connections', 'suspect few-connections', 'valid', 'valid'],
  )
  assert.equal(evidenceOf(begun), '10 connections for 6 workers')
})

test('fewer than two users per worker are suspect', () => {
  const few = { ...USERS, workload: { ...USERS.workload, kind: 'users', users: 3 } } as ValidityInput
  assert.deepEqual(verdicts([few]), ['suspect few-connections'])
  assert.equal(evidenceOf(few), '3 users for 2 workers')
})

test('a series that has not settled is suspect and says for how long it moved', () => {
  const moving = { ...OPEN, steadyState: { hasSettled: false, fromS: 5 } }
  assert.deepEqual(verdicts([moving]), ['suspect not-steady'])
  assert.match(evidenceOf(moving), /after 5\.0 s, 50\.0 % of the phase/)
  assert.equal(judge({ ...OPEN, steadyState: null }).verdict, 'valid')
})
