import assert from 'node:assert/strict'
import { test } from 'node:test'

import { exitCodeOf, exitCodeOfReport } from '../../src/cli/exit-codes.ts'
import { IncompleteError, ScenarioError, SettingsError, TargetError, UsageError } from '../../src/core/errors.ts'
import type { Report } from '../../src/core/report.ts'
import { invalidReportFixture, reportFixture } from '../support/report-fixture.ts'

test('each kind of error has the exit code of the contract, and anything else is a bug', () => {
  const errors = [
    new UsageError('a'),
    new ScenarioError('b'),
    new SettingsError('c'),
    new TargetError('d'),
    new IncompleteError('e'),
    new Error('f'),
    'g',
  ]
  assert.deepEqual(errors.map(exitCodeOf), [2, 2, 2, 3, 5, 70, 70])
})

function withOutcome(outcome: Report['verdict']['outcome']): Report {
  return { ...reportFixture(), verdict: { outcome, checks: [] } }
}

test('a valid run ends with 0, or with 1 when an objective was breached', () => {
  assert.deepEqual(
    (['none', 'pass', 'fail', 'inconclusive'] as const).map((outcome) => exitCodeOfReport(withOutcome(outcome))),
    [0, 0, 1, 4],
  )
})

test('an invalid run and one without measured phases have no verdict, whatever the objectives say', () => {
  assert.equal(exitCodeOfReport({ ...invalidReportFixture(), verdict: { outcome: 'fail', checks: [] } }), 4)
  assert.equal(exitCodeOfReport({ ...reportFixture(), runs: [] }), 4)
})

test('a run that was cut short never passes, whatever its objectives say', () => {
  const report = withOutcome('pass')
  const runs = report.runs.map((run, index) => (index === 0 ? { ...run, interrupted: true } : run))
  assert.deepEqual(
    [
      { ...report, interrupted: true },
      { ...report, runs },
    ].map(exitCodeOfReport),
    [5, 5],
  )
})

test('a run without one good answer is never a success', () => {
  const report = reportFixture()
  const runs = report.runs.map((run) => ({ ...run, requests: { ...run.requests, good: 0, failed: run.requests.sent } }))
  assert.equal(exitCodeOfReport({ ...report, runs, verdict: { outcome: 'pass', checks: [] } }), 3)
})
