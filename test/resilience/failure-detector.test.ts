import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CircuitBreaker } from '../../src/resilience/circuit-breaker.ts'
import { ConsecutiveFailures, FailureRates } from '../../src/resilience/failure-detector.ts'
import type { EndedCall, FailureWindow } from '../../src/resilience/failure-detector.ts'
import { FakeClock } from '../support/fake-clock.ts'

const GOOD: EndedCall = { outcome: 'success', durationMs: 10 }
const BAD: EndedCall = { outcome: 'failure', durationMs: 10 }
const SLOW: EndedCall = { outcome: 'success', durationMs: 1_000 }

const RATES = { minCalls: 10, failureFraction: 0.5, slowFraction: 0.8, slowCallMs: 1_000 } as const

/** What each of the calls decided, all at the same moment. */
function decisions(detector: FailureRates, calls: readonly EndedCall[], nowMs = 1_000): readonly boolean[] {
  return calls.map((call) => detector.record(call, nowMs))
}

function times<Item>(count: number, item: Item): readonly Item[] {
  return Array.from({ length: count }, () => item)
}

test('consecutive failures trip at the threshold, and a success or a reset starts the count again', () => {
  const detector = new ConsecutiveFailures(2)
  assert.equal(detector.record(BAD, 1_000), false)
  assert.equal(detector.record(GOOD, 1_000), false)
  assert.equal(detector.record(BAD, 1_000), false)
  assert.equal(detector.record(BAD, 1_000), true)
  assert.equal(detector.failures(1_000), 2)
  detector.reset(1_000)
  assert.equal(detector.failures(1_000), 0)
  assert.equal(detector.record(BAD, 1_000), false)
})

test('CB09 one failure of one call does not trip with 10 calls at least; half of 10 does, at the tenth call', () => {
  const detector = new FailureRates({ ...RATES, calls: 100 })
  assert.deepEqual(decisions(detector, [BAD]), [false])
  assert.deepEqual(decisions(detector, [...times(4, BAD), ...times(4, GOOD)]), times(8, false))
  assert.deepEqual(decisions(detector, [GOOD]), [true], '5 of 10 have failed')
})

test('CB09 four of ten failures do not trip at 50 %', () => {
  const detector = new FailureRates({ ...RATES, calls: 100 })
  assert.deepEqual(decisions(detector, [...times(4, BAD), ...times(6, GOOD)]), times(10, false))
})

test('CB09 seven of a hundred are 7 %, whatever 0.07 times a hundred is', () => {
  const detector = new FailureRates({ ...RATES, calls: 100, minCalls: 100, failureFraction: 0.07 })
  assert.equal(decisions(detector, [...times(7, BAD), ...times(93, GOOD)]).at(-1), true)
})

test('CB09 calls that succeed trip when too many of them are slow, from the slow time on', () => {
  const quick = { ...SLOW, durationMs: 999 }
  const detector = new FailureRates({ ...RATES, calls: 10 })
  assert.equal(decisions(detector, [...times(7, SLOW), ...times(3, quick)]).includes(true), false)
  const other = new FailureRates({ ...RATES, calls: 10 })
  assert.equal(decisions(other, [...times(8, SLOW), ...times(2, quick)]).at(-1), true)
})

test('CB09 a window of calls forgets exactly the oldest with each new one', () => {
  const detector = new FailureRates({ ...RATES, calls: 10, minCalls: 10, failureFraction: 0.6 })
  decisions(detector, [...times(5, BAD), ...times(5, GOOD)])
  assert.equal(detector.failures(1_000), 5)
  assert.deepEqual(decisions(detector, [BAD]), [false], 'the first failure left when the sixth came')
  assert.equal(detector.failures(1_000), 5)
  assert.deepEqual(decisions(detector, times(10, GOOD)), times(10, false))
  assert.equal(detector.failures(1_000), 0)
})

test('CB09 a window of calls that holds fewer than the least number of them decides when it is full', () => {
  const detector = new FailureRates({ ...RATES, calls: 4, minCalls: 1_000 })
  assert.deepEqual(decisions(detector, times(4, BAD)), [false, false, false, true])
})

test('CB09 a window of time forgets a slice when the tenth after it begins, and not a moment earlier', () => {
  const detector = new FailureRates({ ...RATES, timeMs: 10_000, minCalls: 100 })
  detector.record(BAD, 1_000)
  detector.record(BAD, 1_999)
  detector.record(BAD, 2_000)
  assert.equal(detector.failures(10_999), 3)
  assert.equal(detector.failures(11_000), 1, 'both of the slice from 1 000 to 1 999 are gone')
  assert.equal(detector.failures(11_999), 1)
  assert.equal(detector.failures(12_000), 0)
})

test('CB09 a window of time is empty after a long pause, and stands still while the clock steps back', () => {
  const detector = new FailureRates({ ...RATES, timeMs: 10_000, minCalls: 100 })
  for (let second = 1; second <= 10; second++) detector.record(BAD, second * 1_000)
  assert.equal(detector.failures(10_000), 10)
  assert.equal(detector.failures(500), 10)
  assert.equal(detector.failures(86_400_000), 0)
})

test('CB09 a circuit in window mode counts how long calls took from their admission, and takes a slow probe for a bad one', () => {
  const clock = new FakeClock()
  const window: FailureWindow = { ...RATES, calls: 10, minCalls: 2 }
  const breaker = new CircuitBreaker({ window, recoveryMs: 5_000 }, clock)
  const callFor = (durationMs: number): void => {
    const { permit } = breaker.tryAcquire()
    clock.advance(durationMs)
    permit?.settle('success')
  }
  callFor(1_000)
  callFor(1_000)
  assert.equal(breaker.stats().state, 'open')
  clock.advance(5_000)
  callFor(1_000)
  assert.equal(breaker.stats().state, 'open')
  clock.advance(5_000)
  callFor(999)
  assert.equal(breaker.stats().state, 'closed')
  callFor(1_000)
  assert.equal(breaker.stats().state, 'closed', 'the window began anew')
})

test('CB14 a window names every option out of range', () => {
  const window: FailureWindow = { calls: 0, minCalls: 1.5, failureFraction: 0, slowFraction: 1.1, slowCallMs: NaN }
  assert.throws(
    () => new CircuitBreaker({ window }, new FakeClock()),
    /window\.calls.*window\.minCalls.*window\.failureFraction.*window\.slowFraction.*window\.slowCallMs/,
  )
  assert.throws(() => new CircuitBreaker({ window: { ...RATES, timeMs: 0 } }, new FakeClock()), /window\.timeMs/)
})
