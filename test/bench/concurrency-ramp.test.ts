import assert from 'node:assert/strict'
import { test } from 'node:test'

import { concurrencyRamp } from '../../src/bench/concurrency-ramp.ts'
import type { Run } from '../../src/core/report.ts'
import { reportFixture } from '../support/report-fixture.ts'

const [saturate, steady] = reportFixture().runs as [Run, Run] // the fixture has both

function closed(connections: number, goodputPerS: number, changes: Partial<Run> = {}): Run {
  return { ...saturate, workers: 1, goodputPerS, workload: { ...saturate.workload, connections }, ...changes }
}

test('closed loops with the same workers are one ramp, of the right answers', () => {
  assert.deepEqual(concurrencyRamp([closed(1, 100), closed(2, 190), steady, closed(4, 300, { throughputPerS: 999 })]), {
    workers: 1,
    points: [
      { concurrency: 1, throughputPerS: 100 },
      { concurrency: 2, throughputPerS: 190 },
      { concurrency: 4, throughputPerS: 300 },
    ],
  })
})

test('loops with other workers are not part of it', () => {
  const ramp = concurrencyRamp([closed(1, 100, { workers: 2 }), closed(2, 190), closed(4, 300)])
  assert.deepEqual(
    ramp?.points.map(({ concurrency }) => concurrency),
    [2, 4],
  )
})

test('one number of connections is no ramp, and neither are unknown workers or invalid loops', () => {
  assert.equal(concurrencyRamp([closed(8, 100), closed(8, 110)]), null)
  assert.equal(concurrencyRamp([]), null)
  assert.equal(concurrencyRamp([closed(1, 100, { workers: null }), closed(2, 190, { workers: null })]), null)
  const invalid = { validity: { verdict: 'invalid', reasons: [] } } as const
  assert.equal(concurrencyRamp([closed(1, 100, invalid), closed(2, 190)]), null)
})
