import assert from 'node:assert/strict'
import { test } from 'node:test'

import { figuresOverBoots } from '../../src/bench/over-boots.ts'
import type { Run } from '../../src/core/report.ts'
import { reportFixture } from '../support/report-fixture.ts'

const [saturate, steady] = reportFixture().runs as [Run, Run] // the fixture has both

function boots(run: Run, throughputs: readonly number[]): readonly Run[] {
  return throughputs.map((throughputPerS, index) => ({
    ...run,
    repetition: index + 1,
    throughputPerS,
    serviceTime: { ...run.serviceTime, p95Ms: 10 + index },
    responseTime: { ...run.responseTime, p95Ms: 110 + index },
  }))
}

test('five boots have the mean and the interval of the worked example', () => {
  const found = figuresOverBoots(boots(saturate, [10, 11, 12, 13, 14]))
  const throughput = found.find(({ figure }) => figure === 'throughputPerS')
  // 12 ± 2.776 · √2.5 / √5, see the t table of the NIST handbook.
  assert.deepEqual(
    { ...throughput, low: throughput?.low.toFixed(2), high: throughput?.high.toFixed(2) },
    {
      phase: 'saturate',
      figure: 'throughputPerS',
      unit: '1/s',
      boots: 5,
      mean: 12,
      low: '10.04',
      high: '13.96',
      level: 0.95,
    },
  )
})

test('a closed phase is told by its service time, an open one by its response time', () => {
  const p95 = (run: Run): number | undefined =>
    figuresOverBoots(boots(run, [1, 2, 3])).find(({ figure }) => figure === 'p95Ms')?.mean
  assert.deepEqual([p95(saturate), p95(steady)], [11, 111])
})

test('one boot has nothing to compare', () => {
  assert.deepEqual(figuresOverBoots([saturate, steady]), [])
})

test('invalid and interrupted boots do not count', () => {
  const [first, second, third] = boots(saturate, [10, 20, 90]) as [Run, Run, Run] // as many as were asked for
  const invalid: Run = { ...third, validity: { verdict: 'invalid', reasons: [] } }
  const cut: Run = { ...third, interrupted: true }
  const throughput = figuresOverBoots([first, second, invalid, cut]).find(({ figure }) => figure === 'throughputPerS')
  assert.deepEqual([throughput?.boots, throughput?.mean], [2, 15])
})

test('no lower bound is below 0', () => {
  const throughput = figuresOverBoots(boots(saturate, [1, 9])).find(({ figure }) => figure === 'throughputPerS')
  assert.equal(throughput?.low, 0) // 5 − 12.706 · √32 / √2 = −45.8
})
