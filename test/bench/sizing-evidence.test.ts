import assert from 'node:assert/strict'
import { test } from 'node:test'

import { singleRequestScenario } from '../../src/bench/ad-hoc-scenario.ts'
import type { BenchOptions, Measurements } from '../../src/bench/bench.ts'
import type { PhaseOutcome } from '../../src/bench/run-phase.ts'
import { sizingEvidence } from '../../src/bench/sizing-evidence.ts'
import type { Run, WorkerUse } from '../../src/core/report.ts'
import type { TargetStats, WorkerStats } from '../../src/server/messages.ts'
import type { SizingInput } from '../../src/sizing/sizing-input.ts'
import { reportFixture } from '../support/report-fixture.ts'
import { cacheFixture, databaseFixture, statsFixture, upstreamFixture, workerFixture } from './support/target-stats.ts'

const OPTIONS: BenchOptions = {
  scenario: singleRequestScenario({ name: 'GET /', method: 'GET', path: '/', headers: {} }),
  target: { kind: 'url', url: new URL('http://127.0.0.1:1/'), insecure: false },
  placement: 'auto',
  cpusOverride: undefined,
  generators: 1,
  repeat: 1,
  timeoutMs: 1_000,
  seed: 1,
}
const { host, placement, runs } = reportFixture()
const [saturate, steady] = runs as [Run, Run] // the fixture has both

function evidence(outcomes: readonly PhaseOutcome[]): SizingInput {
  const rest = { host, placement, origin: '', workers: null, isInterrupted: false, failure: undefined }
  const measurements: Measurements = { ...rest, outcomes }
  return sizingEvidence(measurements, OPTIONS, [])
}

/** An open phase between two looks at the server. */
function between(before: TargetStats, after: TargetStats): SizingInput {
  const sample = (stats: TargetStats) => ({ atMs: 0, accounts: new Map(), stats })
  return evidence([{ run: steady, samples: { before: sample(before), after: sample(after) } }])
}

/** A closed phase of 1 s in which processes that tell nothing used so much CPU time; the first of them as `role`. */
function saturatedBy(cpuMs: readonly number[], role: WorkerUse['role']): NonNullable<SizingInput['saturated']> {
  const [like] = saturate.targetUse?.workers ?? []
  assert.ok(like !== undefined)
  const workers = cpuMs.map((ms, index): WorkerUse => ({
    ...like,
    pid: index + 1,
    role: index === 0 ? role : 'worker',
    cpuMs: ms,
    loopUtilization: null,
    requests: null,
  }))
  const cpus = cpuMs.reduce((sum, ms) => sum + ms, 0) / 1_000
  const targetUse = { cpuMsPerRequest: 1, busyLoopMsPerRequest: null, cpus, rssBytes: 0, pssBytes: null, workers }
  const { saturated } = evidence([{ run: { ...saturate, targetUse }, samples: { before: null, after: null } }])
  assert.ok(saturated !== null)
  return saturated
}

test('an idle helper beside an application is no worker', () => {
  const { busyWorkers, primaryCpuMsPerRequest } = saturatedBy([980, 3], 'worker')
  assert.deepEqual([busyWorkers, primaryCpuMsPerRequest], [1, null])
})

test('busy workers are counted without the process that looks after them', () => {
  assert.equal(saturatedBy([30, 900, 880], 'primary').busyWorkers, 2)
})

test('where no process did much, all of them are taken for workers', () => {
  assert.equal(saturatedBy([5, 4], 'worker').busyWorkers, 2)
})

function worker(pid: number, calls: number, hits: number): WorkerStats {
  const upstreams = [upstreamFixture({ calls, holdMs: calls * 50 }), upstreamFixture({ name: 'secondary' })]
  return workerFixture(pid, { upstreams, cache: cacheFixture(hits, hits / 4) })
}

test('upstream calls and cache hits are those of the phase, over all workers', () => {
  const before = statsFixture([worker(2, 1_000, 400), worker(3, 500, 400)])
  const after = statsFixture([worker(2, 5_000, 800), worker(3, 2_411, 1_200)])
  const { steady: figures, cache } = between(before, after)
  // 5 911 calls for 11 823 good answers.
  assert.equal(figures?.upstream?.callsPerRequest, 5_911 / 11_823)
  assert.equal(figures.upstream.meanHoldMs, 50)
  assert.equal(cache?.hitRate, 0.8)
})

test('a recycled worker makes neither calls nor hits negative: its successor counts from nothing', () => {
  const before = statsFixture([worker(2, 90_000, 80_000), worker(3, 90_000, 80_000)])
  const after = statsFixture([worker(8, 3_000, 800), worker(9, 2_000, 1_200)])
  const { steady: figures, cache } = between(before, after)
  assert.equal(figures?.upstream?.callsPerRequest, 5_000 / 11_823)
  assert.equal(cache?.hitRate, 0.8)
})

test('a worker that does not answer leaves upstream and cache unknown', () => {
  const whole = statsFixture([worker(2, 10, 4), worker(3, 10, 4)])
  const { steady: figures, cache } = between(whole, statsFixture([worker(2, 20, 8)], [3]))
  assert.deepEqual([figures?.upstream, cache], [null, null])
})

test('DB05 uses of the database, waits for it and refusals are those of the phase, over all workers', () => {
  const waited = (acquired: number, upTo50Ms: number, exhausted: number): NonNullable<WorkerStats['database']> =>
    databaseFixture(acquired, { waits: upTo50Ms, waitCounts: [0, 0, 0, upTo50Ms, 0, 0, 0, 0, 0, 0], exhausted })
  const before = statsFixture([
    workerFixture(2, { database: waited(1_000, 10, 3) }),
    workerFixture(3, { database: waited(500, 0, 0) }),
  ])
  const after = statsFixture([
    workerFixture(2, { database: waited(5_000, 40, 3) }),
    workerFixture(3, { database: waited(2_411, 5, 2) }),
  ])
  assert.deepEqual(between(before, after).steady?.database, {
    // For 11 823 good answers.
    usesPerRequest: 5_911 / 11_823,
    meanHoldMs: 8,
    // Handed out, and turned away.
    uses: 5_913,
    waitCounts: [0, 0, 0, 35, 0, 0, 0, 0, 0, 0],
    exhausted: 2,
    isSqlite: false,
  })
})

test('DB04 the limit of the database server is the least that a worker was told, and unknown without one', () => {
  const limited = (connectionLimit: number | null): TargetStats =>
    statsFixture([
      workerFixture(2, { database: databaseFixture(0, { connectionLimit: null }) }),
      workerFixture(3, { database: databaseFixture(0, { connectionLimit }) }),
    ])
  assert.equal(between(limited(97), limited(97)).databaseConnectionLimit, 97)
  assert.equal(between(limited(null), limited(null)).databaseConnectionLimit, null)
  assert.equal(between(limited(null), limited(null)).steady?.database, null)
})
