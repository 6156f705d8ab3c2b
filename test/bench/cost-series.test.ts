import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CostSeries } from '../../src/bench/cost-series.ts'

test('each beat gives the CPU time per answer since the one before it', () => {
  const series = new CostSeries(1_000)
  series.add({ elapsedMs: 100, completed: 100 }, 1_050)
  series.add({ elapsedMs: 200, completed: 300 }, 1_130)
  assert.deepEqual(series.values, [
    { elapsedMs: 100, value: 0.5 },
    { elapsedMs: 200, value: 0.4 },
  ])
  assert.equal(series.completed, 300)
})

test('a beat without an answer is counted with the next one', () => {
  const series = new CostSeries(0)
  series.add({ elapsedMs: 100, completed: 0 }, 30)
  series.add({ elapsedMs: 200, completed: 10 }, 40)
  assert.deepEqual(series.values, [{ elapsedMs: 200, value: 4 }])
})

test('a target that cannot be seen has no series, but its answers are counted', () => {
  const series = new CostSeries(null)
  series.add({ elapsedMs: 100, completed: 5 }, null)
  assert.deepEqual([series.values, series.completed], [[], 5])
})

test('a worker that was replaced makes no cost negative', () => {
  const series = new CostSeries(500)
  series.add({ elapsedMs: 100, completed: 5 }, 100)
  assert.equal(series.values[0]?.value, 0)
})
