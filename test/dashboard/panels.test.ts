import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'

import { renderToString } from 'ink'
import { createElement } from 'react'

import type { BenchEvent, Progress } from '../../src/core/events.ts'
import type { Run } from '../../src/core/report.ts'
import type * as AppModule from '../../src/dashboard/app.tsx'
import { signsFor } from '../../src/dashboard/signs.ts'
import { type DashboardState, INITIAL_STATE, reduce } from '../../src/dashboard/state.ts'
import { displayWidth } from '../../src/report/terminal-text.ts'
import { progressFixture, scriptedEvents } from '../support/dashboard-script.ts'
import { invalidReportFixture, reportFixture } from '../support/report-fixture.ts'

// Node runs no .tsx, so that the built panels are tested; the types are those of the source.
const built = new URL('../../dist/dashboard/app.js', import.meta.url).href
const { App } = (await import(built)) as typeof AppModule

interface Screen {
  readonly columns: number
  readonly rows: number
  readonly unicode?: boolean
}

function screenOf(state: DashboardState, { columns, rows, unicode = true }: Screen): readonly string[] {
  const signs = signsFor(unicode)
  const app = createElement(App, { state, size: { columns, rows }, signs, onQuit: () => undefined })
  return stripVTControlCharacters(renderToString(app, { columns })).split('\n')
}

const steadyIsRunning = (event: BenchEvent): boolean => event.type === 'phase-started' && event.phase === 'steady'

/** In the middle of the last phase. */
function midRun(workers = 2, changes: Partial<Progress> = {}): DashboardState {
  const events = scriptedEvents(workers)
  const begun = events.slice(0, events.findIndex(steadyIsRunning) + 1).reduce(reduce, INITIAL_STATE)
  return reduce(begun, { type: 'progress', progress: progressFixture('steady', 4_000, workers, changes) })
}

for (const [columns, rows] of [
  [60, 15],
  [60, 24],
  [80, 24],
  [120, 40],
  [40, 10],
  [20, 4],
] as const) {
  test(`every state of a run fits into ${columns} by ${rows}, and leaves the last row free`, () => {
    let state = INITIAL_STATE
    for (const event of [
      ...scriptedEvents(12),
      { type: 'warning', message: 'w'.repeat(200), hint: undefined } as const,
    ]) {
      state = reduce(state, event)
      const lines = screenOf(state, { columns, rows })
      assert.ok(lines.length <= rows - 1, `${lines.length} lines after ${event.type}`)
      for (const line of lines) assert.ok(displayWidth(line) <= columns, `${displayWidth(line)} columns: ${line}`)
    }
  })
}

test('80 by 24 shows scenario, target, phases, trust, latency, throughput, workers and keys', () => {
  const text = screenOf(midRun(), { columns: 80, rows: 24 }).join('\n')
  for (const part of [
    /tune · mixed · http:\/\/127\.0\.0\.1:43121 · 2 workers/,
    /✓ warm-up +✓ saturate +▶ steady █{6}░{6} 4\.0 of 8 s/,
    /valid +saturate, achieved 2,469\/s/,
    /offered 2,000\/s · answered [\d,]+\/s \([\d.]+%\)/,
    /p50 +[\d.]+ ms .*max/,
    /p95 +[\d.]+ ms .*max/,
    /p99 +[\d.]+ ms .*max/,
    /in flight 50 · not good 1/,
    /primary +4242 .*worker 1 +4243/,
    /worker 2 +4244/,
    /q quit · \? help/,
  ]) {
    assert.match(text, part)
  }
})

test('ASCII terminals get ASCII only', () => {
  for (const columns of [50, 80]) {
    const text = screenOf(reduce(midRun(), { type: 'warning', message: 'zu spät', hint: '…' }), {
      columns,
      rows: 24,
      unicode: false,
    })
    assert.doesNotMatch(text.join('\n'), /[^\n -~]/)
  }
})

test('a closed loop is not said to be offered a rate', () => {
  const text = screenOf(midRun(2, { offeredPerS: null }), { columns: 80, rows: 24 }).join('\n')
  assert.doesNotMatch(text, /offered/)
  assert.match(text, /answered/)
})

test('a figure without samples is not shown as 0', () => {
  const text = screenOf(midRun(2, { p50Ms: null, p95Ms: null, p99Ms: null }), { columns: 80, rows: 24 }).join('\n')
  assert.match(text, /p99 +– /)
})

test('the verdict on a phase that is not valid comes with its evidence', () => {
  const run = invalidReportFixture().runs[0] as Run
  const evidence = String(run.validity.reasons[0]?.evidence).slice(0, 30)
  const text = screenOf(reduce(midRun(), { type: 'phase-ended', phase: 'saturate', run }), { columns: 120, rows: 40 })
  const line = text.find((candidate) => candidate.includes('invalid'))
  assert.ok(line?.includes(evidence), `${line} should say: ${evidence}`)
})

test('of many phases the trust panel shows the newest verdicts', () => {
  const names = Array.from({ length: 30 }, (_, index) => `step-${index + 1}`)
  const run = reportFixture().runs[0] as Run
  const events: readonly BenchEvent[] = [
    {
      type: 'run-planned',
      scenario: 'steps',
      phases: names.map((name) => ({ name, durationMs: 1_000, isMeasured: true })),
    },
    ...names.slice(0, 20).map((phase) => ({ type: 'phase-ended' as const, phase, run })),
  ]
  const text = screenOf(events.reduce(reduce, INITIAL_STATE), { columns: 80, rows: 24 }).join('\n')
  assert.match(text, /20 of 30 phases/)
  assert.match(text, /valid +step-20,/)
  assert.match(text, /pending +step-21/)
  assert.doesNotMatch(text, /step-1,/)
})

test('workers that find no room are summed up', () => {
  const text = screenOf(midRun(64), { columns: 80, rows: 24 }).join('\n')
  assert.match(text, /\d+ more, [\d.]+ CPUs/)
})

test('a target whose processes cannot be seen is said to be so', () => {
  const text = screenOf(midRun(2, { processes: [] }), { columns: 80, rows: 24 }).join('\n')
  assert.match(text, /the processes of this target cannot be seen from here/)
})

test('a small terminal still shows the phase, the latency, the throughput and the keys', () => {
  const text = screenOf(midRun(), { columns: 50, rows: 10 }).join('\n')
  for (const part of [/▶ steady/, /p50 .* p95 .* p99/, /in flight 50/, /q quit/, /saturate valid/])
    assert.match(text, part)
})
