import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededRandom } from '../../src/core/random.ts'
import { drawRecycleLimits, lastingMaxRequests, wearReason } from '../../src/resilience/recycle-policy.ts'

const OFF = { maxRequests: 0, maxRequestsJitter: 0, maxAgeMs: 0, maxRssBytes: 0 }
const FRESH = { requests: 0, ageMs: 0, rssBytes: 0 }

test('WK04 thresholds of requests are spread evenly over [max, max + jitter]', () => {
  const random = seededRandom(7)
  const policy = { ...OFF, maxRequests: 500, maxRequestsJitter: 99 }
  const drawn = Array.from({ length: 10_000 }, () => drawRecycleLimits(policy, random).requests)
  assert.equal(Math.min(...drawn), 500)
  assert.equal(Math.max(...drawn), 599)
  assert.ok(drawn.every(Number.isInteger))
  for (let from = 500; from < 600; from += 10) {
    const share = drawn.filter((limit) => limit >= from && limit < from + 10).length / drawn.length
    // Ten classes of 1/10; five standard deviations of 10,000 draws are 0.015.
    assert.ok(Math.abs(share - 0.1) < 0.015, `${from}: ${share}`)
  }
})

test('WK04 age and memory are drawn from nine tenths of their ceilings up to them', () => {
  const random = seededRandom(7)
  const drawn = Array.from({ length: 1_000 }, () =>
    drawRecycleLimits({ ...OFF, maxAgeMs: 1_000, maxRssBytes: 2_000 }, random),
  )
  assert.ok(drawn.every(({ ageMs }) => ageMs > 900 && ageMs <= 1_000))
  assert.ok(drawn.every(({ rssBytes }) => rssBytes > 1_800 && rssBytes <= 2_000))
  assert.ok(new Set(drawn.map(({ ageMs }) => Math.round(ageMs / 10))).size > 8, 'they are spread')
})

test('WK05 a limit of 0 is never reached', () => {
  const limits = drawRecycleLimits(OFF, seededRandom(1))
  assert.equal(wearReason(limits, { requests: 1e15, ageMs: 1e15, rssBytes: 1e15 }), undefined)
})

test('a worker is worn by the limit that it has reached', () => {
  const limits = { requests: 10, ageMs: 100, rssBytes: 1_000 }
  assert.equal(wearReason(limits, FRESH), undefined)
  assert.equal(wearReason(limits, { ...FRESH, requests: 10 }), 'requests')
  assert.equal(wearReason(limits, { ...FRESH, ageMs: 100 }), 'age')
  assert.equal(wearReason(limits, { ...FRESH, rssBytes: 1_000 }), 'memory')
  assert.equal(wearReason(limits, { requests: 9, ageMs: 99, rssBytes: 999 }), undefined)
})

test('WK05 the recommended number of requests lasts for a minute at the rate of one worker', () => {
  // 30,000/s over 3 workers, as in the research: 10,000/s × 60 s.
  assert.equal(lastingMaxRequests(10_000, 1_000), 600_000)
  assert.equal(lastingMaxRequests(523, 700), 45_000)
  assert.equal(lastingMaxRequests(1, 60_000), 1)
})
