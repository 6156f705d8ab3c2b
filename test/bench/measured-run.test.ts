import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type Measured, measuredRun } from '../../src/bench/measured-run.ts'
import type { TargetSample } from '../../src/bench/target-use.ts'
import { reportSchema, type Run } from '../../src/core/report.ts'
import { planFor } from '../support/plans.ts'
import { countsFixture, reportFixture } from '../support/report-fixture.ts'
import { watchedResult } from './support/watched-result.ts'

const PID = 2 ** 22 + 1 // beyond what Linux gives to processes
const { placement } = reportFixture()

/** The target after so much CPU time, part of which its thread waited for a CPU. */
function sampleAt(atMs: number, cpuMs: number, mainRunQueueDelayMs: number): TargetSample {
  return { atMs, accounts: new Map([[PID, { pid: PID, cpuMs, mainRunQueueDelayMs }]]), stats: null }
}

/** A closed phase of 1 s with 2 000 good answers on one CPU, which the target filled; with changes. */
function run(changes: Partial<Measured> = {}): Run {
  return measuredRun({
    scenario: 'test',
    phase: 'saturate',
    workers: 1,
    repetition: 1,
    startedAt: '2026-11-20T12:00:00.000Z',
    durationMs: 1_000,
    plan: planFor('http://127.0.0.1:1'),
    placement: { ...placement, mode: 'split', targetEffectiveCpus: 1 },
    result: watchedResult(countsFixture(2_000, 0)),
    samples: { before: sampleAt(0, 0, 0), after: sampleAt(1_000, 990, 0) },
    interference: { stealFraction: 0, throttledCount: 0 },
    neighbours: null,
    faults: [],
    steadyState: null,
    timeline: [],
    isInterrupted: false,
    ...changes,
  })
}

function codes({ validity }: Run): readonly string[] {
  return validity.reasons.map(({ code }) => code)
}

test('rates are those of the time of sending, what came during the drain does not count', () => {
  const counts = countsFixture(1_800, 0, { shed: 100, unfinished: 50, dropped: 50 })
  const result = watchedResult(counts, {
    sendingMs: 500,
    totalMs: 1_500,
    completedWhileSending: 950,
    goodWhileSending: 900,
  })
  const { offeredPerS, throughputPerS, goodputPerS } = run({ result, durationMs: 500 })
  assert.deepEqual([offeredPerS, throughputPerS, goodputPerS], [4_000, 1_900, 1_800])
})

test('CPU time is shared among the requests that were answered, whatever the answer', () => {
  const answered = { limited: 100, shed: 100, failed: 100, mismatched: 100 }
  const counts = countsFixture(500, 0, { ...answered, timedOut: 40, lost: 30, unfinished: 30 })
  assert.equal(run({ result: watchedResult(counts) }).targetUse?.cpuMsPerRequest, 990 / 900)
})

test('the idle time around a short phase does not make the target look idle', () => {
  const result = watchedResult(countsFixture(2_000, 0), { sendingMs: 500, totalMs: 520, busiestCpuMs: 515 })
  const samples = { before: sampleAt(0, 0, 0), after: sampleAt(700, 515, 0) }
  const short = run({ result, durationMs: 500, samples })
  assert.deepEqual([short.targetUse?.cpus.toFixed(2), codes(short)], ['0.99', []])
})

test('a full run is valid', () => {
  assert.deepEqual(run().validity, { verdict: 'valid', reasons: [] })
})

test('a generator at its limit makes the run invalid only when the target had idle CPU', () => {
  const result = watchedResult(countsFixture(2_000, 0), { busiestCpuMs: 990 })
  assert.deepEqual(codes(run({ result })), [])
  const idle = run({ result, samples: { before: sampleAt(0, 0, 0), after: sampleAt(1_000, 500, 0) } })
  assert.deepEqual([idle.validity.verdict, codes(idle)], ['invalid', ['generator-limited']])
})

test('a target that had to wait for its CPU makes the run doubtful, but not under a quota, which stops it on purpose', () => {
  const samples = { before: sampleAt(0, 0, 0), after: sampleAt(1_000, 500, 400) }
  assert.deepEqual(codes(run({ samples })), ['target-starved'])
  const quota = { ...placement, mode: 'quota', targetEffectiveCpus: 1 } as const
  assert.deepEqual(codes(run({ samples, placement: quota })), [])
})

test('a target that cannot be seen has no use, and nothing is made up for it', () => {
  const unseen = run({ samples: { before: null, after: null } })
  assert.deepEqual([unseen.targetUse, unseen.validity.verdict], [null, 'valid'])
})

test('what did not happen has no key, and all of it fits the schema', () => {
  const plain = run()
  for (const key of ['interrupted', 'faults', 'steadyState']) assert.ok(!(key in plain), key)
  const faults = [{ upstream: 'primary', fromS: 0, toS: 1, fault: 'never answers' }]
  const whole = run({ isInterrupted: true, faults, steadyState: { hasSettled: true, fromS: 0 } })
  assert.deepEqual([whole.interrupted, whole.faults, whole.steadyState?.hasSettled], [true, faults, true])
  reportSchema.parse(reportFixture({ runs: [plain, whole] }))
})
