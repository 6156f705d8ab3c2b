import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/core/random.ts'
import { fullJitterMs } from '../../src/resilience/backoff.ts'

const BOUNDS = { baseMs: 100, capMs: 5_000 }

for (const [retryIndex, limitMs] of [
  [0, 100],
  [3, 800],
  [6, 5_000],
  [2_000, 5_000],
] as const) {
  test(`UP07 a thousand waits before retry ${retryIndex + 1} are uniform in [0, ${limitMs})`, () => {
    const random = seededRandom(7)
    const binCounts = Array.from({ length: 10 }, () => 0)
    for (let sample = 0; sample < 1_000; sample++) {
      const waitMs = fullJitterMs(retryIndex, BOUNDS, random)
      assert.ok(waitMs >= 0 && waitMs < limitMs)
      const bin = Math.floor((waitMs / limitMs) * 10)
      binCounts[bin] = (binCounts[bin] ?? 0) + 1
    }
    // Chi-squared, 9 degrees of freedom: 27.88 is exceeded once in a thousand seeds (NIST handbook, 1.3.6.7.4).
    const chiSquared = binCounts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0)
    assert.ok(chiSquared < 27.88, `chi-squared ${chiSquared}`)
  })
}
