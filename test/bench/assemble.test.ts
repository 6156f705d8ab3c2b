import assert from 'node:assert/strict'
import { test } from 'node:test'

import { assembleReport } from '../../src/bench/assemble.ts'
import type { BenchOptions, Measurements } from '../../src/bench/bench.ts'
import { singleRequestScenario } from '../../src/bench/ad-hoc-scenario.ts'
import { type Report, reportSchema } from '../../src/core/report.ts'
import { resolveSettings } from '../../src/core/settings.ts'
import { invalidReportFixture, reportFixture } from '../support/report-fixture.ts'

const OPTIONS: BenchOptions = {
  scenario: singleRequestScenario({ name: 'GET /', method: 'GET', path: '/', headers: {} }),
  target: { kind: 'bundled', settings: resolveSettings({ flags: {}, environment: {}, preset: 'bench' }), workers: 1 },
  placement: 'auto',
  cpusOverride: undefined,
  generators: 1,
  repeat: 1,
  timeoutMs: 1_000,
  seed: 1,
}
const INVOCATION = { version: '1.2.3', command: 'tune bench', createdAt: '2026-11-20T12:00:00.000Z' }

function measurementsOf({ runs, host, placement }: Report, changes: Partial<Measurements> = {}): Measurements {
  const outcomes = runs.map((run) => ({ run, samples: { before: null, after: null } }))
  return {
    host,
    placement,
    origin: 'http://127.0.0.1:1',
    workers: 1,
    outcomes,
    isInterrupted: false,
    failure: undefined,
    ...changes,
  }
}

test('a valid run gets advice and fits the schema', () => {
  const report = assembleReport(measurementsOf(reportFixture()), OPTIONS, ['p95 < 10s'], INVOCATION)
  reportSchema.parse(report)
  assert.ok(report.recommendations.some(({ setting }) => setting === 'WEB_CONCURRENCY'))
  assert.equal(report.verdict.outcome, 'pass')
})

test('an invalid run gets no advice and passes no objective', () => {
  const report = assembleReport(measurementsOf(invalidReportFixture()), OPTIONS, ['p95 < 10s'], INVOCATION)
  assert.deepEqual([report.recommendations, report.rulesOfThumb], [[], []])
  assert.notEqual(report.verdict.outcome, 'pass')
})

test('an interrupted run gets no advice and is marked', () => {
  const report = assembleReport(measurementsOf(reportFixture(), { isInterrupted: true }), OPTIONS, [], INVOCATION)
  assert.deepEqual([report.interrupted, report.recommendations.length, report.verdict.outcome], [true, 0, 'none'])
})

test('what the preset changed is said', () => {
  const { notes, target } = assembleReport(measurementsOf(reportFixture()), OPTIONS, [], INVOCATION)
  assert.ok(notes.some((note) => /RATE_LIMIT_ENABLED=false/.test(note)))
  assert.equal(target.settings['RATE_LIMIT_ENABLED'], false)
})
