import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Report } from '../../../src/core/report.ts'
import { isFamilyName } from '../../../src/server/metrics/families.ts'
import { reportFixture } from '../../support/report-fixture.ts'
import { ALL_KINDS_OF_ADVICE, reportWith } from './export-fixture.ts'
import { contentOf, readExport } from './export-readers.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string }
}

function rulesOf(report: Report): ReadonlyMap<string, Rule> {
  const { groups } = readExport('alerts', contentOf('alerts', report)) as {
    groups: readonly [{ readonly rules: readonly Rule[] }]
  }
  return new Map(groups[0].rules.map((rule) => [rule.alert, rule]))
}

function boundOf(rules: ReadonlyMap<string, Rule>, alert: string): number {
  return Number(rules.get(alert)?.expr.split(' > ').at(-1))
}

function withObjectives(...texts: readonly string[]): Report {
  const check = { name: 'x', actual: 'y', interval: null, outcome: 'pass' } as const
  return reportFixture({ verdict: { outcome: 'pass', checks: texts.map((expected) => ({ ...check, expected })) } })
}

test("without objectives the thresholds are the source documents' own", () => {
  const rules = rulesOf(withObjectives())
  // p95 > 200 ms, errors > 1 %, CPU 70 and 80 %, memory 80 and 90 %, queue > 100, exhaustion of the pool.
  assert.deepEqual(Object.fromEntries([...rules.keys()].map((alert) => [alert, boundOf(rules, alert)])), {
    TuneResponseTimeHigh: 0.2,
    TuneErrorRateHigh: 0.01,
    TuneCpuScaleOut: 0.7,
    TuneCpuHigh: 0.8,
    TuneMemoryScaleOut: 0.8,
    TuneMemoryHigh: 0.9,
    TuneQueueLong: 100,
    TuneDatabasePoolExhausted: 0,
    ...(rules.has('TuneNearCapacity') ? { TuneNearCapacity: boundOf(rules, 'TuneNearCapacity') } : {}),
  })
  assert.match(rules.get('TuneResponseTimeHigh')?.expr ?? '', /^histogram_quantile\(0\.95, /)
  assert.match(contentOf('alerts', withObjectives()), /# Default of the source documents, .*: p95 < 200ms\.$/m)
})

test('the objectives of the report are the thresholds, the first of each kind', () => {
  const rules = rulesOf(withObjectives('throughput > 5/s', 'p99 < 250ms', 'p50 < 1ms', 'error rate <= 0.5%'))
  assert.match(rules.get('TuneResponseTimeHigh')?.expr ?? '', /^histogram_quantile\(0\.99, .* > 0\.25$/)
  assert.equal(boundOf(rules, 'TuneErrorRateHigh'), 0.005)
  assert.equal(rules.get('TuneErrorRateHigh')?.annotations.summary, 'more than 0.5% of the answers are server errors')
})

test('objectives that no alert can watch are passed over', () => {
  const rules = rulesOf(withObjectives('p95 > 1ms', 'p95 < 0ms', 'error rate < 0%', 'nonsense'))
  assert.deepEqual([boundOf(rules, 'TuneResponseTimeHigh'), boundOf(rules, 'TuneErrorRateHigh')], [0.2, 0.01])
})

test('where the capacity was measured, 80 % of it is where to scale out', () => {
  const rules = rulesOf(reportWith(ALL_KINDS_OF_ADVICE))
  assert.equal(boundOf(rules, 'TuneNearCapacity'), 1_600)
  assert.ok(!rulesOf(reportWith([])).has('TuneNearCapacity'))
})

test('every metric in a rule is on the metrics page of the server, and belongs to its job', () => {
  for (const { expr } of rulesOf(reportWith(ALL_KINDS_OF_ADVICE)).values()) {
    const names = expr.match(/\b(?:http|tune)_\w+(?=\{job="tune")/g) ?? []
    assert.ok(names.length > 0, expr)
    assert.equal(names.length, expr.match(/\b(?:http|tune)_\w+/g)?.length, expr)
    for (const name of names) assert.ok(isFamilyName(name.replace(/_bucket$/, '')), name)
  }
})

test('every rule has a severity, a summary, and holds for a while before anybody is told', () => {
  for (const { labels, annotations, ...rule } of rulesOf(reportWith(ALL_KINDS_OF_ADVICE)).values()) {
    assert.equal(rule.for, '5m')
    assert.match(labels.severity, /^(?:warning|critical)$/)
    assert.notEqual(annotations.summary, '')
  }
})
