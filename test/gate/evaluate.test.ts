import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { UsageError } from '../../src/core/errors.ts'
import { parseObjective } from '../../src/core/objective.ts'
import type { Check, Run, Verdict } from '../../src/core/report.ts'
import { evaluateObjectives } from '../../src/gate/evaluate.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'

interface RunFigures {
  readonly phase?: string
  readonly kind?: 'open' | 'closed'
  readonly goodMs?: readonly number[]
  readonly failed?: number
  readonly timedOut?: number
  readonly unfinished?: number
  readonly durationMs?: number
  readonly throughputPerS?: number
  readonly goodputPerS?: number
  readonly validity?: Run['validity']['verdict']
}

function runWith(figures: RunFigures): Run {
  const { goodMs = [], failed = 0, timedOut = 0, unfinished = 0, durationMs = 10_000, kind = 'open' } = figures
  const histogram = new LatencyHistogram()
  for (const ms of goodMs) histogram.record(ms * 1_000)
  const latency = histogram.summary()
  const sent = goodMs.length + failed + timedOut + unfinished
  return {
    scenario: 'example',
    phase: figures.phase ?? 'steady',
    workload: { kind, connections: 20, ratePerS: null, arrivals: null },
    workers: 2,
    repetition: 1,
    startedAt: '2026-11-20T12:00:00Z',
    durationMs,
    requests: {
      scheduled: sent,
      sent,
      dropped: 0,
      good: goodMs.length,
      cached: 0,
      limited: 0,
      shed: 0,
      failed,
      mismatched: 0,
      timedOut,
      lost: 0,
      unfinished,
    },
    offeredPerS: 100,
    throughputPerS: figures.throughputPerS ?? 100,
    goodputPerS: figures.goodputPerS ?? 100,
    responseTime: latency,
    serviceTime: latency,
    otherOutcomes: {},
    errors: {},
    statusCodes: {},
    routes: [],
    targetUse: null,
    generator: {
      processes: 1,
      cpuFraction: 0.2,
      loopDelayP99Ms: 1,
      sendRatio: 1,
      lateP50Ms: null,
      lateP99Ms: null,
      hiccupP99Ms: null,
    },
    validity: { verdict: figures.validity ?? 'valid', reasons: [] },
    timeline: [],
  }
}

/** 1, 2, … `count` times 0.01 ms: small enough to be held exactly. */
function ramp(count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index + 1) / 100)
}

function judge(text: string, ...runs: readonly Run[]): Verdict {
  return evaluateObjectives([parseObjective(text)], runs)
}

function checkOf(text: string, ...runs: readonly Run[]): Check {
  const [check] = judge(text, ...runs).checks
  assert.ok(check !== undefined)
  return check
}

test('a quantile is judged by its point value and shown with its 95 % interval', () => {
  const steady = runWith({ goodMs: ramp(100) })
  // scipy.stats.binom(100, 0.5): the ranks 40 and 61 enclose the median with 96.5 %.
  assert.deepEqual(checkOf('p50 <= 0.5ms', steady), {
    name: 'p50 response time (steady, open)',
    expected: 'p50 <= 0.5ms',
    actual: '0.5 ms',
    interval: [0.4, 0.61],
    outcome: 'pass',
  })
  assert.equal(checkOf('p50 < 0.5ms', steady).outcome, 'fail')
})

test('any quantile can be asked for, not only those that reports show', () => {
  assert.equal(checkOf('p37.5 <= 0.3ms', runWith({ goodMs: ramp(80) })).actual, '0.3 ms')
})

test('a quantile of too few samples has no interval', () => {
  assert.equal(checkOf('p99 < 1s', runWith({ goodMs: ramp(100) })).interval, null)
})

test('response times come from the open phases when there are any', () => {
  const saturate = runWith({ phase: 'saturate', kind: 'closed', goodMs: [50, 60, 70] })
  const steady = runWith({ goodMs: [1, 1, 1] })
  const check = checkOf('max < 10ms', saturate, steady)
  assert.deepEqual([check.name, check.outcome], ['max response time (steady, open)', 'pass'])
  assert.equal(checkOf('max < 10ms', saturate).outcome, 'fail')
})

test('several runs are merged before a quantile is taken', () => {
  const quick = runWith({ goodMs: Array.from({ length: 900 }, () => 1) })
  const slow = runWith({ goodMs: Array.from({ length: 100 }, () => 2) })
  assert.equal(checkOf('p90 <= 1ms', quick, slow).outcome, 'pass')
  assert.equal(checkOf('p91 <= 1ms', quick, slow).outcome, 'fail')
})

test('rates come from the closed phases when there are any, weighted by time', () => {
  const runs = [
    runWith({ phase: 'saturate', kind: 'closed', goodMs: [1], throughputPerS: 900, durationMs: 30_000 }),
    runWith({ phase: 'saturate', kind: 'closed', goodMs: [1], throughputPerS: 500, durationMs: 10_000 }),
    runWith({ goodMs: [1], throughputPerS: 100 }),
  ]
  const check = checkOf('throughput > 500/s', ...runs)
  assert.deepEqual([check.name, check.actual, check.outcome], ['throughput (saturate, closed)', '800/s', 'pass'])
})

test('goodput is not throughput', () => {
  const run = runWith({ goodMs: [1], failed: 9, throughputPerS: 1_000, goodputPerS: 100 })
  assert.equal(checkOf('throughput > 500/s', run).outcome, 'pass')
  assert.equal(checkOf('goodput > 500/s', run).outcome, 'fail')
})

test('the error rate counts every request that got no good answer', () => {
  const run = runWith({ goodMs: ramp(95), failed: 3, timedOut: 1, unfinished: 1 })
  const check = checkOf('error rate < 5%', run)
  assert.deepEqual([check.actual, check.outcome], ['5 % (5 of 100 requests)', 'fail'])
  assert.equal(checkOf('error rate <= 5%', run).outcome, 'pass')
})

test('requests that were never answered are slower than any bound', () => {
  const run = runWith({ goodMs: ramp(90), unfinished: 6, timedOut: 4 })
  assert.equal(checkOf('p90 <= 0.9ms', run).outcome, 'pass')
  const check = checkOf('p91 <= 1h', run)
  assert.deepEqual([check.actual, check.outcome], ['no answer to 10 of 100 requests', 'fail'])
  assert.equal(checkOf('max < 1h', run).outcome, 'fail')
  assert.equal(checkOf('mean < 1h', run).outcome, 'inconclusive')
  assert.equal(checkOf('mean < 0.1ms', run).outcome, 'fail')
})

test('no samples never pass', () => {
  for (const text of ['p95 < 1h', 'mean < 1h', 'max < 1h', 'error rate < 1%', 'throughput >= 0/s', 'goodput >= 0/s']) {
    assert.equal(judge(text).outcome, 'inconclusive', `${text} without runs`)
    assert.equal(judge(text, runWith({})).outcome, 'inconclusive', `${text} without requests`)
  }
})

test('a run in which nothing was good never passes, whatever is asked', () => {
  const texts = ['p95 < 1h', 'mean < 1h', 'error rate <= 100%', 'throughput > 1/s', 'goodput >= 0/s']
  const bad = fc.record({ failed: fc.nat(50), timedOut: fc.nat(50), unfinished: fc.nat(50) })
  fc.assert(
    fc.property(bad, fc.constantFrom(...texts), (figures, text) => {
      assert.notEqual(judge(text, runWith(figures)).outcome, 'pass')
    }),
  )
})

test('an invalid run decides nothing, neither well nor badly', () => {
  const invalid = runWith({ goodMs: ramp(100), validity: 'invalid' })
  assert.equal(judge('p50 < 1s', invalid).outcome, 'inconclusive')
  const check = checkOf('p50 < 0.1ms', invalid)
  assert.deepEqual([check.actual, check.outcome], ['0.5 ms, but the run is invalid (steady, open)', 'inconclusive'])
  assert.equal(judge('p50 < 1s', runWith({ goodMs: ramp(100), validity: 'suspect' })).outcome, 'pass')
})

test('response times that cannot be read are an error of the input, not a verdict', () => {
  const run = runWith({ goodMs: [1] })
  const damaged = { ...run, responseTime: { ...run.responseTime, histogram: 'HISTF' } }
  assert.throws(() => judge('p50 < 1s', damaged), UsageError)
})

test('an invalid phase leaves the checks of the others undecided, too, because they build on it', () => {
  const runs = [
    runWith({ phase: 'saturate', kind: 'closed', goodMs: [1], validity: 'invalid' }),
    runWith({ goodMs: ramp(100) }),
  ]
  assert.equal(evaluateObjectives([parseObjective('p50 < 1s')], runs).outcome, 'inconclusive')
})

test('one failed check fails the verdict, one inconclusive check withholds it', () => {
  const runs = [runWith({ goodMs: ramp(100) }), runWith({ phase: 'saturate', kind: 'closed', goodMs: [] })]
  const outcomeOf = (...texts: readonly string[]) => evaluateObjectives(texts.map(parseObjective), runs).outcome
  assert.equal(outcomeOf('p50 < 1s', 'error rate < 1%'), 'pass')
  assert.equal(outcomeOf('p50 < 1s', 'throughput > 1/s'), 'inconclusive')
  assert.equal(outcomeOf('p50 < 0.1ms', 'throughput > 1/s'), 'fail')
  assert.equal(outcomeOf(), 'none')
})
