import assert from 'node:assert/strict'
import { test } from 'node:test'

import { resolveSettings } from '../../../src/core/settings.ts'
import { CircuitBreaker } from '../../../src/resilience/circuit-breaker.ts'
import type { CallOutcome } from '../../../src/resilience/circuit-breaker.ts'
import { serverOptions } from '../../../src/server/options.ts'
import { FakeClock } from '../../support/fake-clock.ts'

interface Setup {
  readonly clock: FakeClock
  readonly breaker: CircuitBreaker
  /** Makes calls one after the other; the state after them. */
  readonly call: (outcome: CallOutcome, times?: number, durationMs?: number) => string
}

function setUp(flags: Readonly<Record<string, string>>): Setup {
  const { breaker: options } = serverOptions(resolveSettings({ flags, environment: {} }), 1).upstream
  const clock = new FakeClock()
  const breaker = new CircuitBreaker(options ?? assert.fail('there is no breaker'), clock)
  const call = (outcome: CallOutcome, times = 1, durationMs = 0): string => {
    for (let count = 0; count < times; count++) {
      const { permit } = breaker.tryAcquire()
      clock.advance(durationMs)
      permit?.settle(outcome)
    }
    return breaker.stats().state
  }
  return { clock, breaker, call }
}

test('by default five failures in a row open a circuit for 30 s, and one probe closes it', () => {
  const { clock, breaker, call } = setUp({})
  assert.deepEqual([call('failure', 4), call('failure')], ['closed', 'open'])
  clock.advance(29_999)
  assert.equal(breaker.tryAcquire().refused, 'open')
  clock.advance(1)
  assert.equal(call('success'), 'closed')
})

test('CB_FAILURE_THRESHOLD is the number of failures in a row', () => {
  const { call } = setUp({ CB_FAILURE_THRESHOLD: '2' })
  assert.deepEqual([call('failure'), call('failure')], ['closed', 'open'])
})

test('CB_INTERVAL has failures counted anew', () => {
  const { clock, call } = setUp({ CB_INTERVAL: '30' })
  call('failure', 4)
  clock.advance(30_000)
  assert.equal(call('failure', 4), 'closed')
})

for (const name of ['CB_RECOVERY_TIMEOUT', 'CB_TIMEOUT']) {
  test(`${name} is the time that a circuit stays open`, () => {
    const { clock, breaker, call } = setUp({ [name]: '10' })
    call('failure', 5)
    clock.advance(9_999)
    assert.equal(breaker.tryAcquire().refused, 'open')
    clock.advance(1)
    assert.equal(call('success'), 'closed')
  })
}

test('CB_RECOVERY_MAX lets that time double up to it', () => {
  const { clock, breaker, call } = setUp({ CB_RECOVERY_MAX: '45' })
  call('failure', 5)
  clock.advance(30_000)
  call('failure')
  assert.equal(breaker.retryAfterS(), 45)
})

for (const name of ['CB_HALF_OPEN_MAX', 'CB_MAX_REQUESTS']) {
  test(`${name} is the number of probes`, () => {
    const { clock, call } = setUp({ [name]: '3' })
    call('failure', 5)
    clock.advance(30_000)
    assert.deepEqual([call('success', 2), call('success')], ['half-open', 'closed'])
  })
}

test('CB_HALF_OPEN_MAX_WAIT ends probes that do not end', () => {
  const { clock, breaker, call } = setUp({ CB_HALF_OPEN_MAX_WAIT: '10' })
  call('failure', 5)
  clock.advance(30_000)
  breaker.tryAcquire()
  clock.advance(9_999)
  assert.equal(breaker.stats().state, 'half-open')
  clock.advance(1)
  assert.equal(breaker.stats().state, 'open')
})

test('CB_MODE=window opens when half of the last calls have failed, of which there must be 20', () => {
  const { call } = setUp({ CB_MODE: 'window' })
  call('failure', 10)
  assert.deepEqual([call('success', 9), call('success')], ['closed', 'open'])
})

test('CB_MIN_CALLS and CB_FAILURE_RATE are how many calls, and what part of them', () => {
  const { call } = setUp({ CB_MODE: 'window', CB_MIN_CALLS: '10', CB_FAILURE_RATE: '30' })
  call('success', 7)
  assert.deepEqual([call('failure', 2), call('failure')], ['closed', 'open'])
})

test('CB_WINDOW_CALLS is how many calls are remembered', () => {
  const { call } = setUp({ CB_MODE: 'window', CB_WINDOW_CALLS: '20' })
  call('success', 1_000)
  assert.deepEqual([call('failure', 9), call('failure')], ['closed', 'open'])
})

test('CB_WINDOW_TIME is how long calls are remembered, however many there are', () => {
  const { clock, call } = setUp({ CB_MODE: 'window', CB_WINDOW_TIME: '10' })
  call('failure', 19)
  clock.advance(10_000)
  assert.deepEqual([call('failure', 19), call('failure')], ['closed', 'open'])
})

test('CB_SLOW_CALL_RATE and CB_SLOW_CALL_TIME open a circuit whose calls succeed too late', () => {
  const { call } = setUp({ CB_MODE: 'window', CB_SLOW_CALL_RATE: '50', CB_SLOW_CALL_TIME: '0.5' })
  call('success', 10, 499)
  assert.deepEqual([call('success', 9, 500), call('success', 1, 500)], ['closed', 'open'])
})

test('CB_ENABLED=false leaves upstreams without a breaker', () => {
  const settings = resolveSettings({ flags: { CB_ENABLED: 'false' }, environment: {} })
  assert.equal(serverOptions(settings, 1).upstream.breaker, null)
})

for (const name of [
  'CB_FAILURE_THRESHOLD',
  'CB_RECOVERY_TIMEOUT',
  'CB_HALF_OPEN_MAX',
  'CB_MIN_CALLS',
  'CB_WINDOW_CALLS',
]) {
  for (const value of ['0', '-1', 'NaN', 'Infinity', '5x', ...(name === 'CB_RECOVERY_TIMEOUT' ? [] : ['1.5'])]) {
    test(`CB14 ${name}=${value} is refused by name`, () => {
      const resolve = () => resolveSettings({ flags: { [name]: value }, environment: {} })
      assert.throws(resolve, new RegExp(`${name} must be .*; got "${value}"`))
    })
  }
}
