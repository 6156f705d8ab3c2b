import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Progress } from '../../src/core/events.ts'
import { describeProgress } from '../../src/report/progress-line.ts'
import { displayWidth } from '../../src/report/terminal-text.ts'

const progress: Progress = {
  phase: 'steady',
  elapsedMs: 4_030,
  durationMs: 8_000,
  offeredPerS: 1_481,
  throughputPerS: 1_477.6,
  goodputPerS: 1_474,
  p50Ms: 1.71,
  p95Ms: 29.2,
  p99Ms: 78.7,
  inFlight: 6,
  notGood: 14,
  processes: [],
}

test('the progress line tells phase, time, rate, percentiles, requests in flight and those not good', () => {
  assert.equal(
    describeProgress(progress, { width: 120, unicode: true }),
    'steady ██████░░░░░░ 4 s/8 s  1,478/s  p50 1.71 ms  p95 29.2 ms  p99 78.7 ms  6 in flight  14 not good',
  )
})

test('without samples there are no percentiles, and nothing is said of bad answers when there are none', () => {
  const early = { ...progress, elapsedMs: 0, throughputPerS: 0, p50Ms: null, p95Ms: null, p99Ms: null, notGood: 0 }
  assert.equal(describeProgress(early, { width: 120, unicode: true }), 'steady ░░░░░░░░░░░░ 0 s/8 s  0/s  6 in flight')
})

test('the bar goes first when the line is short of room', () => {
  const line = describeProgress(progress, { width: 95, unicode: true })
  assert.match(line, /^steady 4 s\/8 s .* 14 not good$/)
})

test('the line never exceeds its width, and is ASCII where asked', () => {
  for (const width of [20, 40, 60, 80, 120]) {
    for (const unicode of [true, false]) {
      const line = describeProgress({ ...progress, phase: 'phase-with-é\u001B[2J' }, { width, unicode })
      assert.ok(displayWidth(line) <= width, `${line} is wider than ${width}`)
      assert.doesNotMatch(line, /\p{Cc}/u)
      if (!unicode) assert.match(line, /^[ -~]*$/)
    }
  }
})

test('a phase that drains beyond its time is not more than done', () => {
  assert.match(describeProgress({ ...progress, elapsedMs: 9_900 }, { width: 120 }), /█{12} 10 s\/8 s/)
})
