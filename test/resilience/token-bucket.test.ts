import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { bucketLimit, TokenBucket } from '../../src/resilience/token-bucket.ts'

test('RL01 a bucket grants no more than all its tokens plus rate times time, whatever the arrivals', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.constantFrom(1_000, 60_000),
      fc.array(fc.tuple(fc.nat({ max: 400 }), fc.integer({ min: 1, max: 50 })), { maxLength: 200 }),
      (count, periodMs, asks) => {
        const limit = bucketLimit({ count, periodMs })
        const bucket = new TokenBucket()
        let nowMs = 1_000
        let granted = 0
        for (const [gapMs, wanted] of asks) {
          nowMs += gapMs
          const before = bucket.remaining(limit, nowMs)
          const taken = bucket.take(limit, nowMs, wanted)
          assert.equal(taken, Math.min(before, wanted))
          granted += taken
          const left = bucket.remaining(limit, nowMs)
          assert.ok(Number.isInteger(left) && left >= 0 && left <= count)
        }
        // Two ticks of 10 ns are what a clock may be off.
        assert.ok(granted <= count + ((nowMs - 1_000 + 2e-5) * count) / periodMs)
      },
    ),
  )
})

test('RL01 whoever asks all the time gets everything that the rate brings, to the last token', () => {
  for (const count of [1, 7, 60, 999, 1_000_000]) {
    const limit = bucketLimit({ count, periodMs: 60_000 })
    const bucket = new TokenBucket()
    let granted = 0
    for (let nowMs = 1_000; nowMs <= 601_000; nowMs += 100) granted += bucket.take(limit, nowMs, 1_000_000)
    assert.equal(granted, 11 * count, `${count}/minute over 10 minutes`)
  }
})

test('RL04 ten million takes drift by less than one token', () => {
  const limit = bucketLimit({ count: 7, periodMs: 60_000 })
  const bucket = new TokenBucket()
  let granted = 0
  for (let call = 0; call < 10_000_000; call++) granted += bucket.take(limit, 1_000 + call * 5_000)
  // Asked every 5 s, more often than 7 a minute: all that the rate brings is granted, and a full bucket once.
  const earned = 7 + (7 / 60) * 5 * 9_999_999
  assert.ok(Math.abs(granted - earned) < 1, `granted ${granted}, earned ${earned}`)
})

test('a bucket is full again once everything taken came back, and not before', () => {
  const limit = bucketLimit({ count: 5, periodMs: 5_000 })
  const bucket = new TokenBucket()
  assert.equal(bucket.isFull(1_000), true)
  bucket.take(limit, 1_000)
  bucket.take(limit, 1_000)
  assert.equal(bucket.isFull(2_999), false)
  assert.equal(bucket.isFull(3_000), true)
  assert.equal(bucket.remaining(limit, 2_000), 4)
})

test('a bucket that gives back what was not used is as if it had never been taken', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 1_000 }), fc.nat({ max: 999 }), (count, kept) => {
      const limit = bucketLimit({ count, periodMs: 60_000 })
      const [one, other] = [new TokenBucket(), new TokenBucket()]
      const used = Math.min(kept, count)
      one.take(limit, 1_000, count)
      one.giveBack(limit, count - used)
      if (used > 0) other.take(limit, 1_000, used)
      assert.equal(one.remaining(limit, 1_000), other.remaining(limit, 1_000))
      assert.equal(one.waitMs(limit, 1_000), other.waitMs(limit, 1_000))
    }),
  )
})
