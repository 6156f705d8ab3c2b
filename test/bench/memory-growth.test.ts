import assert from 'node:assert/strict'
import { test } from 'node:test'

import { memoryGrowth } from '../../src/bench/memory-growth.ts'
import type { Run, TimelineEntry } from '../../src/core/report.ts'
import { reportFixture } from '../support/report-fixture.ts'

const [, steady] = reportFixture().runs as [Run, Run] // the fixture has both
const [like] = steady.timeline as [TimelineEntry, ...TimelineEntry[]] // and seconds

/** A phase of 100 requests a second to two workers, which have so many bytes at the end of each. */
function phaseOf(
  seconds: number,
  bytesAt: (second: number) => number | null,
  pids = (): readonly number[] => [7, 8],
): Run {
  const timeline = Array.from({ length: seconds }, (_, second): TimelineEntry => ({
    ...like,
    throughputPerS: 100,
    workers: [
      { pid: 1, role: 'primary', cpus: 0, loopUtilization: 0, rssBytes: 1e9 * second },
      ...pids().map((pid) => ({
        pid,
        role: 'worker' as const,
        cpus: 1,
        loopUtilization: 1,
        rssBytes: bytesAt(second),
      })),
    ],
  }))
  return { ...steady, timeline }
}

test('memory that grows with the requests is told per request, over all workers', () => {
  // 2 × 5 000 bytes for every 100 requests.
  const growth = memoryGrowth(phaseOf(61, (second) => 1e8 + 5_000 * second))
  assert.equal(growth?.mean, 100)
  assert.ok(Math.abs(growth.high - growth.low) < 1e-9)
})

test('a heap that grew while it was young, and then stays, does not grow', () => {
  const growth = memoryGrowth(phaseOf(61, (second) => 1e8 + 1e6 * Math.min(second, 29)))
  assert.deepEqual(growth, { mean: 0, low: 0, high: 0 })
})

test('a heap that swings has an interval that holds 0', () => {
  const growth = memoryGrowth(phaseOf(61, (second) => 1e8 + 3e6 * (second % 7)))
  assert.ok(growth !== null && growth.low < 0 && growth.high > 0, JSON.stringify(growth))
})

test('a short phase, memory that was not seen, and workers that were replaced tell nothing', () => {
  const grows = (second: number): number => 1e8 + 5_000 * second
  assert.equal(memoryGrowth(phaseOf(39, grows)), null)
  assert.equal(memoryGrowth(phaseOf(61, (second) => (second === 45 ? null : grows(second)))), null)
  let asked = 0
  assert.equal(memoryGrowth(phaseOf(61, grows, () => [7, asked++ < 45 ? 8 : 9])), null)
  assert.equal(memoryGrowth(phaseOf(61, grows, () => [])), null)
})
