import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Report, Run } from '../../../src/core/report.ts'
import { EXPORT_KINDS, exportReport } from '../../../src/report/export/export-report.ts'
import { invalidReportFixture, reportFixture } from '../../support/report-fixture.ts'
import { advice, ALL_KINDS_OF_ADVICE, reportWith } from './export-fixture.ts'
import { contentOf } from './export-readers.ts'

function whyNothing(kind: string, report: Report): string {
  const exported = exportReport(kind, report)
  assert.equal(exported.kind, 'nothing')
  return exported.kind === 'nothing' ? exported.why : ''
}

function withRuns(change: (run: Run) => Run): Report {
  const report = reportWith(ALL_KINDS_OF_ADVICE)
  return { ...report, runs: report.runs.map(change) }
}

test('there are the kinds that the documents ask for', () => {
  assert.deepEqual(EXPORT_KINDS, ['env', 'compose', 'k8s', 'pm2', 'systemd', 'gunicorn', 'alerts'])
})

for (const kind of EXPORT_KINDS) {
  test(`${kind}: nothing is exported from a report with an invalid run`, () => {
    assert.match(
      whyNothing(kind, invalidReportFixture()),
      /^saturate is invalid \(the generator used 0\.99 .* guesses$/,
    )
  })

  test(`${kind}: nothing is exported from an interrupted run, an inconclusive one, and none at all`, () => {
    const report = reportWith(ALL_KINDS_OF_ADVICE)
    assert.match(whyNothing(kind, { ...report, interrupted: true }), /interrupted/)
    assert.match(
      whyNothing(
        kind,
        withRuns((run) => ({ ...run, interrupted: true })),
      ),
      /interrupted/,
    )
    assert.match(whyNothing(kind, { ...report, verdict: { ...report.verdict, outcome: 'inconclusive' } }), /objectives/)
    assert.equal(whyNothing(kind, { ...report, runs: [] }), 'nothing was measured')
  })

  test(`${kind}: the head tells where the values come from`, () => {
    const content = contentOf(kind, reportWith(ALL_KINDS_OF_ADVICE))
    assert.match(content, /tune 0\.1\.0, 2026-11-20T18:59:31\.120Z: tune bench\n/)
    assert.match(content, / 2 CPUs AMD EPYC 9B45 · 7\.8 GiB memory · Node 24\.21\.0/)
    assert.match(content, / All runs are valid\.\n/)
    assert.ok(content.endsWith('\n') && !content.endsWith('\n\n'))
  })

  test(`${kind}: the doubts about a suspect run stand in the head`, () => {
    const reason = { code: 'x', severity: 'suspect', evidence: 'a neighbour used 0.3 CPUs', hint: '' } as const
    const report = withRuns((run) => ({ ...run, validity: { verdict: 'suspect', reasons: [reason] } }))
    assert.match(contentOf(kind, report), / Suspect run saturate: a neighbour used 0\.3 CPUs\.\n/)
  })

  test(`${kind}: what is left out of a foreign report is said in the head`, () => {
    const content = contentOf(kind, reportWith([...ALL_KINDS_OF_ADVICE, advice('PATH', 1)]))
    assert.match(content, / Left out PATH = 1: tune knows no such setting\.\n/)
  })
}

test('a report without advice becomes alert rules only, and its notes say why', () => {
  const report = reportFixture({ recommendations: [], notes: ['no advice on workers: x'] })
  for (const kind of EXPORT_KINDS.filter((each) => each !== 'alerts')) {
    assert.match(whyNothing(kind, report), /recommends nothing for such a file \(its notes: no advice on workers: x\)$/)
  }
  assert.equal(exportReport('alerts', report).kind, 'file')
})

test('advice that gunicorn has no setting for becomes no file for it', () => {
  const report = reportWith([advice('UPSTREAM_POOL_MAX', 5)])
  assert.match(whyNothing('gunicorn', report), /recommends nothing/)
  assert.equal(exportReport('env', report).kind, 'file')
})

test('another kind is a mistake of the caller', () => {
  assert.throws(() => exportReport('toml', reportFixture()), RangeError)
})
