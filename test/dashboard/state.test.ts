import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { BenchEvent } from '../../src/core/events.ts'
import { type DashboardState, INITIAL_STATE, KEPT_SAMPLES, reduce, runningPhase } from '../../src/dashboard/state.ts'
import { progressFixture, scriptedEvents } from '../support/dashboard-script.ts'

const planned: BenchEvent = {
  type: 'run-planned',
  scenario: 'mixed',
  phases: [
    { name: 'warm-up', durationMs: 3_000, isMeasured: false },
    { name: 'steady', durationMs: 8_000, isMeasured: true },
  ],
}
const started = (phase: string): BenchEvent => ({ type: 'phase-started', phase, description: 'closed, 50 connections' })
const ended = (phase: string): BenchEvent => ({ type: 'phase-ended', phase, run: null })
const progressed = (phase: string, elapsedMs: number): BenchEvent => ({
  type: 'progress',
  progress: progressFixture(phase, elapsedMs),
})
const after = (...events: readonly BenchEvent[]): DashboardState => events.reduce(reduce, INITIAL_STATE)
const statuses = (state: DashboardState): readonly string[] => state.phases.map(({ progress }) => progress.status)

test('a planned run has all its phases before it', () => {
  const state = after(planned)
  assert.equal(state.scenario, 'mixed')
  assert.deepEqual(statuses(state), ['pending', 'pending'])
  assert.equal(runningPhase(state), undefined)
})

test('a phase runs from its start to its end, and progress moves it on', () => {
  const running = after(planned, started('warm-up'), progressed('warm-up', 1_500))
  assert.deepEqual(statuses(running), ['running', 'pending'])
  assert.deepEqual(runningPhase(running)?.progress, {
    status: 'running',
    load: 'closed, 50 connections',
    elapsedMs: 1_500,
  })
  assert.deepEqual(statuses(reduce(running, ended('warm-up'))), ['ended', 'pending'])
})

test('the end of a measured phase keeps its run', () => {
  const state = scriptedEvents().reduce(reduce, INITIAL_STATE)
  const verdicts = state.phases.map(({ progress }) => (progress.status === 'ended' ? progress.run?.phase : 'not ended'))
  assert.deepEqual(verdicts, [undefined, 'saturate', 'steady'])
})

test('a new phase begins without figures, and with a gap in the charts', () => {
  const state = after(planned, started('warm-up'), progressed('warm-up', 500), ended('warm-up'), started('steady'))
  assert.equal(state.latest, null)
  assert.equal(state.samples.length, 2)
  assert.deepEqual(state.samples[1], { throughputPerS: null, p50Ms: null, p95Ms: null, p99Ms: null })
})

test('the figures of an ended phase stay until the next one begins', () => {
  const state = after(planned, started('warm-up'), progressed('warm-up', 500), ended('warm-up'))
  assert.equal(state.latest?.elapsedMs, 500)
})

test('only the newest samples are kept', () => {
  const events = Array.from({ length: KEPT_SAMPLES + 60 }, (_, index) => progressed('steady', 500 * (index + 1)))
  const state = after(planned, started('steady'), ...events)
  assert.equal(state.samples.length, KEPT_SAMPLES)
  assert.equal(state.samples.at(-1)?.p99Ms, state.latest?.p99Ms)
})

test('starting the target again after a phase begins the next repetition', () => {
  const starting: BenchEvent = { type: 'target-starting', description: 'the bundled server' }
  const first = after(planned, starting, started('warm-up'), ended('warm-up'))
  assert.equal(first.repetition, 1)
  const second = reduce(first, starting)
  assert.equal(second.repetition, 2)
  assert.deepEqual(statuses(second), ['pending', 'pending'])
})

test('the address replaces what is being started', () => {
  const starting = after({ type: 'target-starting', description: 'the bundled server' })
  assert.equal(starting.target, 'starting the bundled server')
  const ready = reduce(starting, { type: 'target-ready', url: 'http://127.0.0.1:43121', workers: 2, tookMs: 400 })
  assert.equal(ready.target, 'http://127.0.0.1:43121')
  assert.equal(ready.workers, 2)
})

test('a warning is kept with its hint', () => {
  const { warning } = after({ type: 'warning', message: 'stopping', hint: 'press Ctrl-C again to stop at once' })
  assert.equal(warning, 'stopping — press Ctrl-C again to stop at once')
})

test('foreign text cannot command the terminal', () => {
  const state = after(
    { type: 'target-starting', description: '\u001B]0;title\u0007http://host/\u001B[2J' },
    { type: 'warning', message: 'line\r\nbreak', hint: undefined },
  )
  assert.equal(state.target, 'starting http://host/')
  assert.equal(state.warning, 'line break')
})

test('a state is never changed after it was given out', () => {
  const states = [INITIAL_STATE]
  const copies = [structuredClone(INITIAL_STATE)]
  for (const event of scriptedEvents()) {
    const next = reduce(states.at(-1) ?? INITIAL_STATE, event)
    states.push(next)
    copies.push(structuredClone(next))
  }
  assert.deepEqual(states, copies)
})
