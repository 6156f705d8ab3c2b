import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryAfterSeconds } from '../../src/resilience/retry-after-seconds.ts'

test('CB13 a wait becomes whole seconds, rounded up, from 1 to 3600', () => {
  const cases = [
    [-5_000, 1],
    [0, 1],
    [1_000, 1],
    [1_001, 2],
    [29_999, 30],
    [3_600_000, 3_600],
    [Number.POSITIVE_INFINITY, 3_600],
  ] as const
  for (const [waitMs, seconds] of cases) assert.equal(retryAfterSeconds(waitMs), seconds)
})
