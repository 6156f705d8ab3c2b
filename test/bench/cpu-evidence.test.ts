import assert from 'node:assert/strict'
import { test } from 'node:test'

import { cpuWork, threadPoolMsPerRequest } from '../../src/bench/cpu-evidence.ts'
import type { PhaseOutcome } from '../../src/bench/run-phase.ts'
import type { TargetSample } from '../../src/bench/target-use.ts'
import type { Run } from '../../src/core/report.ts'
import type { WorkerStats } from '../../src/server/messages.ts'
import { countsFixture, latencyFixture, reportFixture } from '../support/report-fixture.ts'
import { statsFixture, workerFixture } from './support/target-stats.ts'

const [, steady] = reportFixture().runs as [Run, Run] // the fixture has both

function sampleOf(
  threadPools: readonly (readonly [number, number])[],
  workers: readonly WorkerStats[] = [],
): TargetSample {
  return { atMs: 0, accounts: new Map(), stats: statsFixture(workers), threadPools: new Map(threadPools) }
}

function phaseOf(before: TargetSample | null, after: TargetSample | null): PhaseOutcome {
  return { run: { ...steady, requests: countsFixture(1_000, 0) }, samples: { before, after } }
}

test('the time of the thread pools is that of the phase, of all processes, per answer', () => {
  // 300 ms and 200 ms more, and a process whose pool has only just started.
  const outcome = phaseOf(
    sampleOf([
      [2, 100],
      [3, 50],
    ]),
    sampleOf([
      [2, 400],
      [3, 250],
      [4, 500],
    ]),
  )
  assert.equal(threadPoolMsPerRequest(outcome), 1)
})

test('without a pool, or a look at it, its time is not known', () => {
  assert.equal(threadPoolMsPerRequest(phaseOf(sampleOf([]), sampleOf([]))), null)
  assert.equal(threadPoolMsPerRequest(phaseOf(null, sampleOf([[2, 400]]))), null)
})

const SEARCHES = { name: 'POST /search', requests: countsFixture(2_365, 0), ...timesOf(30) }

function timesOf(ms: number): Pick<Run['routes'][number], 'responseTime' | 'serviceTime'> {
  return { responseTime: latencyFixture(100, 2 * ms, 2 * ms, 1), serviceTime: latencyFixture(100, ms, ms, 1) }
}

function searchedBy(workers: readonly WorkerStats[], routes: Run['routes'] = [SEARCHES]): ReturnType<typeof cpuWork> {
  const sample = sampleOf([], workers)
  return cpuWork({
    run: { ...steady, routes, requests: countsFixture(11_825, 0) },
    samples: { before: sample, after: sample },
  })
}

test('searches that the event loops did are CPU work, with their share of the requests', () => {
  const found = searchedBy([workerFixture(2)])
  assert.deepEqual([found?.route, found?.requestShare], ['POST /search', 0.2])
  assert.equal(found?.serviceP50Ms, SEARCHES.serviceTime.p50Ms)
})

test('searches that threads did, other routes, and servers that tell nothing, are no CPU work on the loop', () => {
  const cpuThreads = { threads: 2, running: 0, waiting: 0, refused: 0, timedOut: 0 }
  assert.equal(searchedBy([workerFixture(2), workerFixture(3, { cpuThreads })]), null)
  assert.equal(searchedBy([workerFixture(2)], [{ ...SEARCHES, name: 'GET /' }]), null)
  assert.equal(searchedBy([]), null)
})
