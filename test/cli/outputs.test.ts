import assert from 'node:assert/strict'
import { test } from 'node:test'

import { savedReportFiles } from '../../src/cli/outputs.ts'
import type { Report } from '../../src/core/report.ts'
import { reportFixture } from '../support/report-fixture.ts'

function reportOf(scenario: string): Report {
  const report = reportFixture()
  return {
    ...report,
    createdAt: '2026-11-20T18:59:30.000Z',
    runs: report.runs.map((run) => ({ ...run, scenario })),
  }
}

test('saved reports are named by scenario and time', () => {
  assert.deepEqual(savedReportFiles(reportOf('rate-1000-2000')), [
    'reports/rate-1000-2000-2026-11-20T18-59-30-000Z.json',
    'reports/rate-1000-2000-2026-11-20T18-59-30-000Z.html',
  ])
})

for (const scenario of ['../../x', '/etc/x', String.raw`..\..\x`, 'a\0b']) {
  test(`the scenario ${JSON.stringify(scenario)} of a foreign report does not lead out of reports/`, () => {
    for (const file of savedReportFiles(reportOf(scenario))) assert.match(file, /^reports\/[a-zA-Z0-9-]+\.(json|html)$/)
  })
}
