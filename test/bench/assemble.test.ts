import assert from 'node:assert/strict'
import { test } from 'node:test'

import { assembleReport } from '../../src/bench/assemble.ts'
import type { BenchOptions, Measurements } from '../../src/bench/bench.ts'
import { singleRequestScenario } from '../../src/bench/ad-hoc-scenario.ts'
import { type Report, reportSchema, type Run } from '../../src/core/report.ts'
import { resolveSettings } from '../../src/core/settings.ts'
import { invalidReportFixture, reportFixture } from '../support/report-fixture.ts'

const OPTIONS: BenchOptions = {
  scenario: singleRequestScenario({ name: 'GET /', method: 'GET', path: '/', headers: {} }),
  target: { kind: 'bundled', settings: resolveSettings({ flags: {}, environment: {}, preset: 'bench' }) },
  placement: 'auto',
  cpusOverride: undefined,
  generators: 1,
  repeat: 1,
  timeoutMs: 1_000,
  seed: 1,
}
const INVOCATION = { version: '1.2.3', command: 'tune bench', createdAt: '2026-11-20T12:00:00.000Z' }

function measurementsOf({ runs, host, placement }: Report, changes: Partial<Measurements> = {}): Measurements {
  const outcomes = runs.map((run) => ({ run, samples: { before: null, after: null } }))
  return {
    host,
    placement,
    origin: 'http://127.0.0.1:1',
    workers: 1,
    outcomes,
    isInterrupted: false,
    failure: undefined,
    ...changes,
  }
}

test('a valid run gets advice and fits the schema', () => {
  const report = assembleReport(measurementsOf(reportFixture()), OPTIONS, ['p95 < 10s'], INVOCATION)
  reportSchema.parse(report)
  assert.ok(report.recommendations.some(({ setting }) => setting === 'WEB_CONCURRENCY'))
  assert.equal(report.verdict.outcome, 'pass')
})

test('an invalid run gets no advice and passes no objective', () => {
  const report = assembleReport(measurementsOf(invalidReportFixture()), OPTIONS, ['p95 < 10s'], INVOCATION)
  assert.deepEqual([report.recommendations, report.rulesOfThumb], [[], []])
  assert.notEqual(report.verdict.outcome, 'pass')
})

test('an interrupted run gets no advice and is marked', () => {
  const report = assembleReport(measurementsOf(reportFixture(), { isInterrupted: true }), OPTIONS, [], INVOCATION)
  assert.deepEqual([report.interrupted, report.recommendations.length, report.verdict.outcome], [true, 0, 'none'])
})

const COMMAND: BenchOptions = {
  ...OPTIONS,
  target: {
    kind: 'command',
    line: 'node app.js',
    argv: ['node', 'app.js'],
    port: 0,
    environment: {},
    settings: {},
    secrets: [],
    workers: 'auto',
  },
}

/** The note on workers of a report whose runs had this use of the target, on three CPUs. */
function noteOnWorkers(targetUse: Run['targetUse'], options = COMMAND): string | undefined {
  const fixture = reportFixture()
  const runs = fixture.runs.map((run) => ({ ...run, throughputPerS: 960, targetUse }))
  const placement = { ...fixture.placement, targetEffectiveCpus: 3 }
  const report = assembleReport(measurementsOf({ ...fixture, runs, placement }), options, [], INVOCATION)
  reportSchema.parse(report)
  return report.notes.find((note) => note.startsWith('no advice on workers'))
}

/** One process that used so many CPUs for 960 requests a second, its loop unseen. */
function useOf(cpus: number): NonNullable<Run['targetUse']> {
  const [like] = reportFixture().runs[0]?.targetUse?.workers.slice(1) ?? []
  assert.ok(like !== undefined)
  const workers = [{ ...like, cpuMs: cpus * 1_000, loopUtilization: null, requests: null }]
  const cpuMsPerRequest = (cpus * 1_000) / 960
  return { cpuMsPerRequest, busyLoopMsPerRequest: null, cpus, rssBytes: 1, pssBytes: null, workers }
}

test('a command of one process that filled its CPU gets advice on workers, though others of its CPUs were idle', () => {
  assert.equal(noteOnWorkers(useOf(0.97)), undefined)
})

test('a command that left its CPU idle is told that blocking cannot be seen', () => {
  assert.match(noteOnWorkers(useOf(0.3)) ?? '', /30 % of the CPUs.*blocked cannot be seen.*-w$/)
})

test('a target whose CPU time is not known is not told that it was idle', () => {
  const note = noteOnWorkers({ ...useOf(0.97), cpuMsPerRequest: null }) ?? ''
  assert.match(note, /what CPU time a request takes/)
  assert.doesNotMatch(note, /blocked|idle/)
})

test('what the preset changed is said', () => {
  const { notes, target } = assembleReport(measurementsOf(reportFixture()), OPTIONS, [], INVOCATION)
  assert.ok(notes.some((note) => /RATE_LIMIT_ENABLED=false/.test(note)))
  assert.equal(target.settings['RATE_LIMIT_ENABLED'], false)
})
