import assert from 'node:assert/strict'
import { test } from 'node:test'

import { searchedWorkers } from '../../../src/sizing/advice/searched-workers.ts'
import { recommend } from '../../../src/sizing/recommend.ts'
import { carriedOver } from '../../../src/sizing/worker-search/next-step.ts'
import type { SettledSearch, WorkerProbe, WorkerSearch } from '../../../src/sizing/worker-search/worker-search.ts'
import { EXAMPLE, MIB } from '../sizing-input-example.ts'

/** Boots of a target whose requests take 2 ms of CPU, on one CPU, seen from outside. */
function searchOf(throughputs: Readonly<Record<number, number>>, memoryLimitBytes = 65_536 * MIB): WorkerSearch {
  const probes = Object.entries(throughputs).map(([workers, throughputPerS]): WorkerProbe => ({
    workers: Number(workers),
    throughputPerS,
    standardError: throughputPerS * 0.003,
    cpuMsPerRequest: 2,
    busyLoopMsPerRequest: null,
    cpus: (throughputPerS * 2) / 1_000,
    processes: Number(workers),
    workerBytes: 60 * MIB,
    primaryBytes: 0,
  }))
  return { cpus: 1, memoryLimitBytes, mostWorkers: 100, probes, comparisons: [], bootsLeft: 5 }
}

const settled: SettledSearch = {
  kind: 'settled',
  workers: 5,
  throughputPerS: 475,
  binding: 'cpu',
  why: '5 workers used 0.95 of 1 CPU',
  doubts: [],
}

test('the count of a server that computes doubles with its CPUs', () => {
  const { workers, throughputPerS } = carriedOver(searchOf({ 1: 480, 2: 478 }), 2)
  assert.equal(workers, 2)
  // A little less than twice as much: in some of the worlds that are left more CPUs do not help.
  assert.ok(throughputPerS > 800 && throughputPerS < 960, String(throughputPerS))
})

test('the count of a server that blocks four times as long as it computes stays five for each CPU, or a little more', () => {
  const blocking = searchOf({ 1: 98, 5: 465, 7: 475 })
  const { workers } = carriedOver(blocking, 2)
  assert.ok(workers >= 9 && workers <= 14, String(workers))
})

test('a bound that all workers share is not moved by more CPUs', () => {
  const { workers, throughputPerS } = carriedOver(searchOf({ 1: 100, 2: 100.2, 5: 99.8 }), 4)
  assert.ok(workers <= 2, String(workers))
  assert.ok(Math.abs(throughputPerS - 100) < 5, String(throughputPerS))
})

test('more CPUs do not make more workers fit into memory', () => {
  const { workers, fit } = carriedOver(searchOf({ 1: 98, 5: 465, 7: 475 }, 600 * MIB), 8)
  // 75 % of 600 MiB hold 7 workers of 60 MiB.
  assert.deepEqual([workers, fit], [7, 7])
})

test('where the target had all CPUs the settled count is advised as measured', () => {
  const input = { ...EXAMPLE, measuredCpus: 1, deployedCpus: 1, workers: 5 }
  const search = searchOf({ 1: 98, 5: 475 })
  const { recommendation } = searchedWorkers(input, { search, settled }, 2)
  assert.deepEqual(
    [recommendation.value, recommendation.current, recommendation.basis, recommendation.confidence],
    [5, 2, 'measured', 'high'],
  )
  assert.deepEqual(recommendation.evidence['probedWorkers'], '1, 5')
})

test('for more CPUs than were measured the count is modelled, with that doubt, and the other settings go by it', () => {
  const input = { ...EXAMPLE, measuredCpus: 1, deployedCpus: 2, workers: 5 }
  const advice = searchedWorkers(input, { search: searchOf({ 1: 98, 5: 465, 7: 475 }), settled }, 1)
  assert.deepEqual([advice.recommendation.basis, advice.recommendation.confidence], ['modelled', 'medium'])
  assert.ok(advice.workers > 5)
  assert.match(String(advice.recommendation.evidence['doubts']), /measured on 1 of 2 CPUs/)
  const { recommendations, whyNoWorkers } = recommend(input, advice)
  assert.equal(recommendations[0], advice.recommendation)
  assert.equal(
    recommendations.find(({ setting }) => setting === 'UPSTREAM_POOL_MAX')?.evidence['workers'],
    advice.workers,
  )
  assert.equal(whyNoWorkers, null)
})
