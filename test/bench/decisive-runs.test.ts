import assert from 'node:assert/strict'
import { test } from 'node:test'

import { decisiveRuns } from '../../src/bench/decisive-runs.ts'
import type { Run } from '../../src/core/report.ts'
import { reportFixture } from '../support/report-fixture.ts'
import { tuningFixture, tuningReportFixture } from '../support/tuning-fixture.ts'

const [saturate, steady] = reportFixture().runs as readonly [Run, Run]

test('of a bench the last closed and the last open run decide', () => {
  assert.deepEqual(decisiveRuns(reportFixture()), { closed: saturate, open: steady })
})

test('of a search the last full load with the chosen count decides, and the steady rate', () => {
  const runOf = (phase: string, of: Run = saturate): Run => ({ ...of, phase })
  const runs = [
    runOf('calibrated'),
    runOf('chosen'),
    steady,
    runOf('too-much', steady),
    runOf('verified'),
    runOf('current'),
  ]
  const places = [[0], [], [1], [4], [5]]
  const probes = tuningFixture.probes.map((probe, index) => ({ ...probe, runs: places[index] ?? [] }))
  const { closed, open } = decisiveRuns(tuningReportFixture({ probes }, { runs }))
  assert.deepEqual([closed?.phase, open?.phase], ['chosen', 'steady'])
})

test('of a search that could not vary the count the calibration decides', () => {
  const { closed } = decisiveRuns(tuningReportFixture({ choice: null }, { runs: [saturate, steady] }))
  assert.equal(closed, saturate)
})
