import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { CountedCalls, SizingInput } from '../../../src/sizing/sizing-input.ts'
import { adviseTimeouts } from '../../../src/sizing/advice/timeout-advice.ts'
import { adviseWorkers } from '../../../src/sizing/advice/worker-advice.ts'
import { EXAMPLE } from '../sizing-input-example.ts'

function advise(
  counted: Partial<CountedCalls>,
  current: SizingInput['current'] = {},
): Readonly<Record<string, number>> {
  const { steady } = EXAMPLE
  assert.ok(steady?.upstream?.counted != null)
  const upstream = { ...steady.upstream, counted: { ...steady.upstream.counted, ...counted } }
  const input = { ...EXAMPLE, steady: { ...steady, upstream }, current: { ...EXAMPLE.current, ...current } }
  return Object.fromEntries(
    adviseTimeouts(input, adviseWorkers(input)).map(({ setting, value }) => [setting, value] as const),
  )
}

test('a call gets one and a half times the p99.9, and a request time for two such calls', () => {
  // Of 6 000 calls 10 took longer than 1 s, none longer than 5 s: the p99.9 is at most 5 s. 2 × (5 + 7.5) + 5.
  assert.deepEqual(advise({ holdCounts: [0, 0, 0, 5_000, 0, 0, 990, 10, 0, 0] }), {
    UPSTREAM_TIMEOUT: 7.5,
    REQUEST_TIMEOUT: 30,
  })
})

test('no call gets less than a second', () => {
  // 1.5 × 0.1 s; 2 × (5 + 1) + 5.
  assert.deepEqual(advise({}), { UPSTREAM_TIMEOUT: 1, REQUEST_TIMEOUT: 17 })
})

test('time in the queue is part of a request', () => {
  assert.equal(advise({}, { QUEUE_TIMEOUT: 20 })['REQUEST_TIMEOUT'], 37)
})

test('a request gets no more than the settings allow, and at least 10 s', () => {
  // 2 × (5 + 45) + 300 are 400 s.
  assert.equal(
    advise({ holdCounts: [0, 0, 0, 0, 0, 0, 0, 0, 6_000, 0] }, { RETRY_MAX_DELAY: 300 })['REQUEST_TIMEOUT'],
    300,
  )
  assert.equal(advise({}, { RETRY_MAX_DELAY: 0, UPSTREAM_CONNECT_TIMEOUT: 1 })['REQUEST_TIMEOUT'], 10)
})

test('too few calls have no p99.9, and calls slower than all bounds no timeout', () => {
  assert.deepEqual(advise({ calls: 999 }), {})
  assert.deepEqual(advise({ holdCounts: [0, 0, 0, 5_900, 0, 0, 0, 0, 0, 100] }), {})
})
