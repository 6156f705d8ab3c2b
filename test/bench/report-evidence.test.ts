import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { evidenceOfReport } from '../../src/bench/report-evidence.ts'
import { type Report, reportSchema, type Run } from '../../src/core/report.ts'
import { whatIf } from '../../src/sizing/what-if/what-if.ts'
import { reportFixture } from '../support/report-fixture.ts'
import { tuningFixture, tuningReportFixture } from '../support/tuning-fixture.ts'

const EXAMPLE: Report = reportSchema.parse(
  JSON.parse(readFileSync(new URL('../../reports/example.json', import.meta.url), 'utf8')),
)
const [saturate, steady] = reportFixture().runs as [Run, Run] // the fixture has both

function checkedBy(...expected: readonly string[]): Report['verdict'] {
  const check = { name: '', actual: '', interval: null, outcome: 'pass' } as const
  return { outcome: 'pass', checks: expected.map((text) => ({ ...check, expected: text })) }
}

test('what a whole report tells about its own machine is what it recommended itself', () => {
  const evidence = evidenceOfReport(EXAMPLE)
  const { input } = evidence
  const answer = whatIf(evidence, { cpus: input.deployedCpus, memoryBytes: input.memoryLimitBytes, ratePerS: null })
  const workers = EXAMPLE.recommendations.find(({ setting }) => setting === 'WEB_CONCURRENCY')
  assert.ok(answer.outcome === 'answered' && workers !== undefined)
  assert.deepEqual(
    [answer.workers, answer.binding, answer.confidence, answer.workersThatFit],
    [workers.value, workers.binding, workers.confidence, workers.evidence['workersThatFitInMemory']],
  )
  assert.equal(Number(answer.capacityPerS.value.toPrecision(3)), workers.evidence['modelledThroughputPerS'])
})

test('figures that a report keeps only beside its recommendations are taken from there', () => {
  const { input } = evidenceOfReport(EXAMPLE)
  assert.deepEqual(input.steady?.upstream, { meanHoldMs: 26.1, callsPerRequest: 0.2, counted: null })
  assert.equal(input.memory?.heapUsedBytes, 44.2 * 1_048_576)
  assert.equal(input.cache?.bytes, 2_700)
  assert.equal(input.current.CACHE_MAX_BYTES, 67_108_864)
})

test('a report of a target that cannot be seen has no figures to size by', () => {
  const blind = [saturate, steady].map((run) => ({ ...run, targetUse: null }))
  const { input } = evidenceOfReport(reportFixture({ runs: blind, recommendations: [] }))
  assert.deepEqual([input.saturated, input.memory], [null, null])
  // The seconds still tell.
  assert.equal(input.spreads.cpuPerRequest?.over, 'seconds')
})

test('the rates of the open phases are told apart by the latency objectives of the report', () => {
  const at = (offeredPerS: number, like: Run): Run => ({ ...like, offeredPerS })
  const slow = { ...steady, responseTime: saturate.responseTime }
  const runs = [saturate, at(300, steady), at(600, steady), at(900, slow), at(1_200, steady)]
  const { objective, input } = evidenceOfReport(
    reportFixture({ runs, verdict: checkedBy('p50 < 10ms', 'goodput > 1/s') }),
  )
  // What is faster beyond a rate that missed is luck.
  assert.deepEqual(objective, { keptPerS: 600, missedPerS: 900 })
  assert.equal(input.latencyObjectiveMs, 10)
})

test('objectives about errors and rates say nothing about latency', () => {
  assert.equal(evidenceOfReport(reportFixture({ verdict: checkedBy('error rate < 1%') })).objective, null)
})

test('a suspect run is a doubt', () => {
  const runs = [saturate, { ...steady, validity: { verdict: 'suspect', reasons: [] } } as const]
  assert.deepEqual(evidenceOfReport(reportFixture({ runs })).doubts, ['the run is suspect'])
})

test('of a search the chosen count was measured, and boots that compare other settings say nothing of how far figures vary', () => {
  const compared = (cpuMsPerRequest: number): Run => ({
    ...saturate,
    targetUse: saturate.targetUse === null ? null : { ...saturate.targetUse, cpuMsPerRequest },
  })
  const runs = [saturate, saturate, steady, compared(1), compared(2), compared(4)]
  const probes = tuningFixture.probes.map((probe, index) => ({
    ...probe,
    runs: [[0], [], [1], [3, 4], [5]][index] ?? [],
  }))
  const { input } = evidenceOfReport(tuningReportFixture({ probes }, { runs }))
  assert.equal(input.workers, 5)
  assert.equal(input.spreads.cpuPerRequest?.over, 'seconds')
})
