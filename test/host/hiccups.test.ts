import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { latenessQuantile, measureHiccups } from '../../src/host/hiccups.ts'

/** A clock that shows one reading after the other. */
function scriptedClock(readingsMs: readonly number[]): { now: () => number } {
  const left = [...readingsMs]
  return { now: () => left.shift() ?? assert.fail('the clock was read after the end of the measurement') }
}

/** The share of arrivals, spread evenly, that are later than `latenessMs`; by counting a fine grid of arrivals. */
function shareLater(pausesMs: readonly number[], elapsedMs: number, latenessMs: number): number {
  const stepMs = 0.001
  const counts = pausesMs.map((pauseMs) => {
    let later = 0
    for (let arrivalMs = stepMs / 2; arrivalMs < pauseMs; arrivalMs += stepMs)
      if (pauseMs - arrivalMs > latenessMs) later++
    return later
  })
  return (counts.reduce((sum, count) => sum + count, 0) * stepMs) / elapsedMs
}

test('one pause of 11 ms in 100 ms delays one arrival in a hundred by more than 10 ms', () => {
  // An arrival in the first millisecond of the pause, 1 % of all, waits for more than 10 ms.
  const undisturbed = Array.from({ length: 89 * 128 + 1 }, (_, index) => 1_000 + index / 128)
  const { p50Ms, p99Ms, maxMs } = measureHiccups(100, scriptedClock([...undisturbed, 1_100]))
  assert.deepEqual([p50Ms, p99Ms.toFixed(6), maxMs], [0, '10.000000', 11])
})

test('a loop that is never interrupted shows no hiccups', () => {
  const readings = Array.from({ length: 201 }, (_, index) => 1_000 + index / 128)
  assert.deepEqual(measureHiccups(1, scriptedClock(readings)), { p50Ms: 0, p99Ms: 0, maxMs: 0 })
})

test('a pause over the whole measurement delays half of the arrivals by more than half of it', () => {
  assert.deepEqual(measureHiccups(100, scriptedClock([1_000, 1_100])), { p50Ms: 50, p99Ms: 99, maxMs: 100 })
})

test('the lateness quantile is what counting evenly spread arrivals gives', () => {
  const pauses = fc.array(fc.double({ min: 0.05, max: 5, noNaN: true }), { maxLength: 5 })
  fc.assert(
    fc.property(pauses, fc.constantFrom(0.5, 0.9, 0.99), (pausesMs, quantile) => {
      const latenessMs = latenessQuantile(pausesMs, 50, quantile)
      const share = shareLater(pausesMs, 50, latenessMs)
      assert.ok(share <= 1 - quantile + 2e-4, `${share} are later than ${latenessMs} ms`)
      if (latenessMs > 0) assert.ok(share >= 1 - quantile - 2e-4, `only ${share} are later than ${latenessMs} ms`)
    }),
    { numRuns: 50 },
  )
})
