import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { ClientLimiter } from '../../src/resilience/client-limiter.ts'
import { FakeClock } from '../support/fake-clock.ts'

const SIXTY_A_MINUTE = { count: 60, periodMs: 60_000, maxClients: 100 }

function allowedOf(limiter: ClientLimiter, key: string, calls: number): number {
  let allowed = 0
  for (let call = 0; call < calls; call++) if (limiter.take(key).allowed) allowed++
  return allowed
}

test('RL01 60 a minute lets 60 through at once, refuses the next with Retry-After 1, and lets one more through each second', () => {
  const clock = new FakeClock()
  const limiter = new ClientLimiter(SIXTY_A_MINUTE, clock)
  assert.deepEqual(limiter.take('a'), { allowed: true, remaining: 59 })
  assert.equal(allowedOf(limiter, 'a', 59), 59)
  assert.deepEqual(limiter.take('a'), { allowed: false, retryAfterS: 1 })
  clock.advance(1_000)
  assert.equal(allowedOf(limiter, 'a', 5), 1)
})

test('RL01 one request a second is never refused at 1 a second', () => {
  const clock = new FakeClock()
  const limiter = new ClientLimiter({ count: 1, periodMs: 1_000, maxClients: 1 }, clock)
  for (let second = 0; second < 600; second++) {
    assert.equal(limiter.take('a').allowed, true)
    clock.advance(1_000)
  }
})

test('RL01 a window of 60 s sees at most the burst plus the rate, so nothing doubles beyond that at a boundary', () => {
  const clock = new FakeClock()
  const limiter = new ClientLimiter(SIXTY_A_MINUTE, clock)
  clock.advance(59_900)
  let allowed = 0
  for (let tick = 0; tick < 600; tick++) {
    allowed += allowedOf(limiter, 'a', 3)
    clock.advance(100)
  }
  assert.equal(allowed, 60 + 59)
})

test('RL02 a client that obeys Retry-After is let through, at any rate', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom(1, 60, 3_600),
      fc.array(fc.double({ min: 0, max: 3_000, noNaN: true }), { minLength: 1, maxLength: 40 }),
      (count, periodS, gapsMs) => {
        const clock = new FakeClock()
        const limiter = new ClientLimiter({ count, periodMs: periodS * 1_000, maxClients: 4 }, clock)
        for (const gapMs of gapsMs) {
          clock.advance(gapMs)
          let decision = limiter.take('a')
          while (decision.allowed) decision = limiter.take('a')
          assert.ok(Number.isInteger(decision.retryAfterS) && decision.retryAfterS >= 1)
          clock.advance(decision.retryAfterS * 1_000)
          assert.equal(limiter.take('a').allowed, true)
        }
      },
    ),
    { numRuns: 1_000 },
  )
})

test('RL02 Retry-After is the exact wait rounded up: 9 s at 7 a minute, and 3600 s at most', () => {
  const clock = new FakeClock()
  const perMinute = new ClientLimiter({ count: 7, periodMs: 60_000, maxClients: 1 }, clock)
  assert.equal(allowedOf(perMinute, 'a', 7), 7)
  assert.deepEqual(perMinute.take('a'), { allowed: false, retryAfterS: 9 })
  const perDay = new ClientLimiter({ count: 1, periodMs: 86_400_000, maxClients: 1 }, clock)
  perDay.take('a')
  assert.deepEqual(perDay.take('a'), { allowed: false, retryAfterS: 3_600 })
})

test('RL04 a clock that steps back neither refills nor drains, one that leaps fills the burst and no more', () => {
  const clock = new FakeClock()
  const limiter = new ClientLimiter({ count: 10, periodMs: 10_000, maxClients: 4 }, clock)
  clock.advance(3_600_000)
  assert.equal(allowedOf(limiter, 'a', 4), 4)
  clock.advance(-3_600_000)
  assert.deepEqual(limiter.take('a'), { allowed: true, remaining: 5 })
  clock.advance(365 * 86_400_000)
  assert.equal(allowedOf(limiter, 'a', 100), 10)
})

test('RL05 a million clients never take more than the cap', () => {
  const clock = new FakeClock()
  const limiter = new ClientLimiter({ count: 60, periodMs: 60_000, maxClients: 1_000 }, clock)
  for (let client = 0; client < 1_000_000; client++) {
    limiter.take(`client ${client}`)
    assert.ok(limiter.clients <= 1_000)
  }
})

test('RL05 a client in debt is not forgotten by bringing others, who share one bucket once the cap is reached', () => {
  const clock = new FakeClock()
  const limiter = new ClientLimiter({ count: 5, periodMs: 5_000, maxClients: 3 }, clock)
  for (const key of ['a', 'b', 'c']) assert.equal(allowedOf(limiter, key, 9), 5)
  let others = 0
  for (let client = 0; client < 50; client++) others += allowedOf(limiter, `other ${client}`, 1)
  assert.equal(others, 5)
  assert.equal(limiter.take('a').allowed, false)
})

test('RL05 buckets that filled up make room for new clients', () => {
  const clock = new FakeClock()
  const limiter = new ClientLimiter({ count: 5, periodMs: 5_000, maxClients: 3 }, clock)
  for (const key of ['a', 'b', 'c']) limiter.take(key)
  clock.advance(1_000)
  assert.deepEqual(limiter.take('d'), { allowed: true, remaining: 4 })
  assert.equal(limiter.clients, 1)
})

test('RL05 the limiter keeps no timer', () => {
  const clock = new FakeClock()
  new ClientLimiter(SIXTY_A_MINUTE, clock).take('a')
  assert.equal(clock.pendingTasks, 0)
})

test('a limiter names every option out of range', () => {
  assert.throws(
    () => new ClientLimiter({ count: 1.5, periodMs: 0, maxClients: Number.NaN }, new FakeClock()),
    (error) => error instanceof RangeError && /count.*periodMs.*maxClients/.test(error.message),
  )
})

test('RL02 rounding does not add a second: after all requests at 6 a minute the wait is 10 s, whatever the time', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (uptimeMs) => {
      const clock = new FakeClock()
      clock.advance(uptimeMs)
      const limiter = new ClientLimiter({ count: 6, periodMs: 60_000, maxClients: 1 }, clock)
      assert.equal(allowedOf(limiter, 'a', 6), 6)
      assert.deepEqual(limiter.take('a'), { allowed: false, retryAfterS: 10 })
    }),
  )
})

test('RL10 tokens that were granted and not used come back, and no more than a full bucket', () => {
  const clock = new FakeClock()
  const limiter = new ClientLimiter(SIXTY_A_MINUTE, clock)
  const grant = (wanted: number, unused = 0) =>
    limiter.grant({ clientKey: 'a', wanted, needed: 0, unused, tokenMs: 1_000 })
  assert.deepEqual(grant(40), { tokens: 40, remaining: 20, waitMs: 0 })
  assert.deepEqual(grant(40, 10), { tokens: 30, remaining: 0, waitMs: 999.99999 })
  assert.deepEqual(limiter.take('a'), { allowed: false, retryAfterS: 1 })
  clock.advance(120_000)
  assert.deepEqual(grant(1, 60), { tokens: 1, remaining: 59, waitMs: 0 })
})

test('RL10 tokens that come back after the limit was lowered are not worth more than they cost', () => {
  const clock = new FakeClock()
  const limiter = new ClientLimiter({ ...SIXTY_A_MINUTE, count: 1_000 }, clock)
  assert.equal(limiter.grant({ clientKey: 'a', wanted: 1_000, needed: 0, unused: 0, tokenMs: 60 }).tokens, 1_000)
  limiter.change({ ...SIXTY_A_MINUTE, count: 10 })
  limiter.grant({ clientKey: 'a', wanted: 0, needed: 0, unused: 50, tokenMs: 60 })
  assert.deepEqual(limiter.take('a'), { allowed: false, retryAfterS: 6 })
})

test('RL05 the bucket that clients without one share gives no stock away, only what somebody waits for', () => {
  const limiter = new ClientLimiter({ ...SIXTY_A_MINUTE, maxClients: 1 }, new FakeClock())
  limiter.take('a')
  const grant = (needed: number) => limiter.grant({ clientKey: 'b', wanted: 50, needed, unused: 0, tokenMs: 1_000 })
  assert.deepEqual(grant(0), { tokens: 0, remaining: 60, waitMs: 0 })
  assert.deepEqual(grant(2), { tokens: 2, remaining: 58, waitMs: 0 })
})

test('RL10 a limit that changes forgives nobody, and keeps nobody waiting longer than the new one would', () => {
  const clock = new FakeClock()
  const limiter = new ClientLimiter({ count: 10, periodMs: 86_400_000, maxClients: 4 }, clock)
  assert.equal(allowedOf(limiter, 'a', 20), 10)
  limiter.change(SIXTY_A_MINUTE)
  assert.deepEqual(limiter.take('a'), { allowed: false, retryAfterS: 1 })
  clock.advance(1_000)
  assert.equal(allowedOf(limiter, 'a', 5), 1)
  limiter.change({ ...SIXTY_A_MINUTE, count: 7 })
  assert.deepEqual(limiter.take('a'), { allowed: false, retryAfterS: 9 })
})
