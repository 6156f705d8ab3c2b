import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type Layout, planLayout } from '../../src/dashboard/layout.ts'

const wishes = { measuredPhases: 2, processes: 3 }

test('the classic terminal of 80 by 24 has room for everything', () => {
  assert.deepEqual(planLayout({ columns: 80, rows: 24 }, wishes), {
    kind: 'panels',
    columns: 80,
    rows: 23,
    phaseRows: 2,
    processRows: 2,
    chartRows: 1,
    hasFooter: true,
  } satisfies Layout)
})

test('a terminal below 60 columns or below 15 rows gets one compact panel', () => {
  assert.equal(planLayout({ columns: 59, rows: 40 }, wishes).kind, 'compact')
  assert.equal(planLayout({ columns: 120, rows: 14 }, wishes).kind, 'compact')
  assert.equal(planLayout({ columns: 60, rows: 15 }, wishes).kind, 'panels')
})

test('rows that nobody needs make the charts higher', () => {
  const heights = [24, 28, 40].map((rows) => {
    const layout = planLayout({ columns: 120, rows }, wishes)
    return layout.kind === 'panels' ? layout.chartRows : 0
  })
  assert.deepEqual(heights, [1, 2, 5])
})

test('no height makes the panels larger than the terminal without its last row', () => {
  for (let rows = 15; rows <= 100; rows++) {
    const layout = planLayout({ columns: 80, rows }, { measuredPhases: 9, processes: 65 })
    assert.ok(layout.kind === 'panels')
    // Header 2; three boxes of 2; one line each in trust and throughput; four charts.
    const processes = layout.processRows === 0 ? 0 : 2 + layout.processRows
    const needed = 2 + 6 + 2 + layout.phaseRows + 4 * layout.chartRows + processes + (layout.hasFooter ? 1 : 0)
    assert.ok(needed <= rows - 1, `${needed} of ${rows - 1} rows`)
  }
})
