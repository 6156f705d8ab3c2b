import assert from 'node:assert/strict'
import { test } from 'node:test'

import { judged } from '../../src/cli/gate-command.ts'
import type { Report } from '../../src/core/report.ts'
import { reportFixture } from '../support/report-fixture.ts'

function withChecks(...expected: readonly string[]): Report {
  const check = { name: 'x', actual: 'y', interval: null, outcome: 'pass' } as const
  const checks = expected.map((text) => ({ ...check, expected: text }))
  return { ...reportFixture(), verdict: { outcome: checks.length === 0 ? 'none' : 'pass', checks } }
}

function objectivesOf(report: Report): readonly string[] {
  return report.verdict.checks.map(({ expected }) => expected)
}

test('an earlier report is judged again by its own objectives when none is given', () => {
  const report = judged(withChecks('p95 < 1ms', 'goodput > 1/s'), undefined)
  assert.deepEqual(objectivesOf(report), ['p95 < 1ms', 'goodput > 1/s'])
  assert.equal(report.verdict.outcome, 'fail')
})

test('objectives that are given replace those of the report', () => {
  const report = judged(withChecks('p95 < 1ms'), ['p50 < 1h'])
  assert.deepEqual(objectivesOf(report), ['p50 < 1h'])
  assert.equal(report.verdict.outcome, 'pass')
})

test('a report without objectives is judged by the defaults', () => {
  assert.deepEqual(objectivesOf(judged(withChecks(), undefined)), ['p95 < 200ms', 'error rate < 1%'])
})
