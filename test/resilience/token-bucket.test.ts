import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { TokenBucket } from '../../src/resilience/token-bucket.ts'

test('RL01 a bucket grants no more than burst plus rate times time, whatever the arrivals', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 1_000 }),
      fc.array(fc.nat({ max: 400 }), { maxLength: 200 }),
      (burst, ratePerS, gapsMs) => {
        const bucket = new TokenBucket({ ratePerMs: ratePerS / 1_000, burst })
        let nowMs = 1_000
        let granted = 0
        for (const gapMs of gapsMs) {
          nowMs += gapMs
          if (bucket.take(nowMs)) granted++
          const left = bucket.remaining(nowMs)
          assert.ok(Number.isInteger(left) && left >= 0 && left <= burst)
        }
        assert.ok(granted <= burst + ((nowMs - 1_000) * ratePerS) / 1_000 + 1e-6)
      },
    ),
  )
})

test('RL04 ten million takes drift by less than one token', () => {
  const ratePerS = 7 / 60
  const bucket = new TokenBucket({ ratePerMs: ratePerS / 1_000, burst: 3 })
  let granted = 0
  for (let call = 0; call < 10_000_000; call++) if (bucket.take(1_000 + call * 5_000)) granted++
  // Asked every 5 s, more often than 7 a minute: all that the rate brings is granted, and the burst once.
  const earned = 3 + ratePerS * 5 * 9_999_999
  assert.ok(Math.abs(granted - earned) < 1, `granted ${granted}, earned ${earned}`)
})

test('a bucket is full again once everything taken came back, and not before', () => {
  const bucket = new TokenBucket({ ratePerMs: 1 / 1_000, burst: 5 })
  assert.equal(bucket.isFull(1_000), true)
  bucket.take(1_000)
  bucket.take(1_000)
  assert.equal(bucket.isFull(2_999), false)
  assert.equal(bucket.isFull(3_000), true)
  assert.equal(bucket.remaining(2_000), 4)
})
