import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LiveFigures } from '../../src/bench/live-figures.ts'
import type { Target } from '../../src/bench/target.ts'
import type { GeneratorResult, GeneratorSnapshot } from '../../src/core/generator-messages.ts'
import type { RequestCounts } from '../../src/core/measurement.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'
import { planFor } from '../support/plans.ts'
import { countsFixture } from '../support/report-fixture.ts'

const UNSEEN: Target = {
  origin: 'http://127.0.0.1:1',
  workers: null,
  pids: () => [],
  stats: () => Promise.resolve(null),
  stop: () => Promise.resolve(),
  died: new Promise(() => undefined),
}

const NOTHING = { atMs: 0, accounts: [] }

const PLAN = planFor('http://127.0.0.1:1', { durationMs: 3_000 })

function times(...ms: readonly number[]): Uint8Array {
  const histogram = new LatencyHistogram()
  for (const each of ms) histogram.record(each * 1_000)
  return histogram.encode()
}

function snapshot(
  elapsedMs: number,
  counts: RequestCounts,
  good: readonly number[],
  shed: readonly number[] = [],
): GeneratorSnapshot {
  const otherResponseTimes = shed.length === 0 ? {} : { shed: times(...shed) }
  return { elapsedMs, counts, inFlight: 3, responseTime: times(...good), otherResponseTimes }
}

interface End {
  readonly sendingMs: number
  readonly counts: RequestCounts
  readonly good: readonly number[]
  readonly shed?: readonly number[]
  /** Answers that came while it was still sending. */
  readonly inTime: number
}

function resultOf({ sendingMs, counts, good, shed = [], inTime }: End): GeneratorResult {
  const empty = times()
  const shedTimes = times(...shed)
  return {
    sendingMs,
    totalMs: sendingMs + 500,
    counts,
    completedWhileSending: inTime,
    goodWhileSending: inTime - shed.length,
    routes: [{ name: 'GET /', counts, responseTime: times(...good), serviceTime: empty }],
    otherOutcomes: shed.length === 0 ? {} : { shed: { responseTime: shedTimes, serviceTime: shedTimes } },
    errors: {},
    statusCodes: {},
    lateness: empty,
    cpuMs: 0,
    runQueueDelayMs: null,
    loopDelayP99Ms: 0,
    connectionsOpened: 10,
  }
}

test('each second tells its own outcomes with their own latency, not those since the start', async () => {
  const live = new LiveFigures('saturate', PLAN, UNSEEN, NOTHING)
  live.update(snapshot(500, countsFixture(1, 0), [10]), NOTHING)
  live.update(snapshot(1_000, countsFixture(2, 0), [10, 10]), NOTHING)
  live.update(snapshot(2_000, countsFixture(3, 0, { shed: 2, lost: 1 }), [10, 10, 50], [1, 2]), NOTHING)
  const timeline = await live.finish(
    resultOf({
      sendingMs: 3_000,
      counts: countsFixture(4, 0, { shed: 2, lost: 1 }),
      good: [10, 10, 50, 70],
      shed: [1, 2],
      inTime: 6,
    }),
    NOTHING,
  )
  const told = timeline.map(({ second, outcomes }) => [
    second,
    Object.entries(outcomes ?? {}).map(
      ([outcome, { count, p50Ms }]) => `${count} ${outcome} ${p50Ms?.toFixed(0) ?? ''}`,
    ),
  ])
  assert.deepEqual(told, [
    [1, ['2 good 10']],
    [2, ['1 good 50', '2 shed 1', '1 lost ']],
    [3, ['1 good 70']],
  ])
})

test('a rest of 0.2 s or more at the end of a phase is an entry of its own, with the rate of that time', async () => {
  const live = new LiveFigures('saturate', PLAN, UNSEEN, NOTHING)
  live.update(snapshot(1_000, countsFixture(1, 0), [10]), NOTHING)
  const timeline = await live.finish(
    resultOf({ sendingMs: 1_500, counts: countsFixture(3, 0), good: [10, 20, 20], inTime: 2 }),
    NOTHING,
  )
  assert.deepEqual(
    timeline.map(({ second, throughputPerS, outcomes }) => [second, throughputPerS, outcomes?.['good']?.count]),
    // What was answered during the drain counts as an outcome, not as throughput.
    [
      [1, 1, 1],
      [1.5, 2, 2],
    ],
  )
})

test('a shorter rest and the drain belong to the last second, and the outcomes of all entries add up', async () => {
  const live = new LiveFigures('saturate', PLAN, UNSEEN, NOTHING)
  live.update(snapshot(1_000, countsFixture(1, 0), [10]), NOTHING)
  live.update(snapshot(2_000, countsFixture(2, 0), [10, 10]), NOTHING)
  live.update(snapshot(3_010, countsFixture(3, 0), [10, 10, 10]), NOTHING)
  live.update(snapshot(4_000, countsFixture(5, 0), [10, 10, 10, 900, 900]), NOTHING)
  const end = {
    sendingMs: 3_001,
    counts: countsFixture(6, 0, { unfinished: 1 }),
    good: [10, 10, 10, 900, 900, 950],
    inTime: 3,
  }
  const timeline = await live.finish(resultOf(end), NOTHING)
  assert.deepEqual(
    timeline.map(({ second, outcomes }) => [second, outcomes?.['good']?.count, outcomes?.['unfinished']?.count]),
    [
      [1, 1, undefined],
      [2, 1, undefined],
      [3, 4, 1],
    ],
  )
})

test('a phase shorter than a second has one entry', async () => {
  const live = new LiveFigures('saturate', PLAN, UNSEEN, NOTHING)
  const timeline = await live.finish(
    resultOf({ sendingMs: 150, counts: countsFixture(1, 0), good: [10], inTime: 1 }),
    NOTHING,
  )
  assert.deepEqual(
    timeline.map(({ second }) => second),
    [0.2],
  )
})

test('a prolonged phase shows its planned time, and beyond that the second that it is in', () => {
  const live = new LiveFigures('warm-up', PLAN, UNSEEN, NOTHING, 1_000)
  const shown = [500, 1_000, 2_500].map(
    (ms) => live.update(snapshot(ms, countsFixture(1, 0), [10]), NOTHING).durationMs,
  )
  assert.deepEqual(shown, [1_000, 1_000, 3_000])
})
