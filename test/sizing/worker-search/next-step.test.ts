import assert from 'node:assert/strict'
import { test } from 'node:test'

import { nextStep } from '../../../src/sizing/worker-search/next-step.ts'
import type { WorkerProbe, WorkerSearch } from '../../../src/sizing/worker-search/worker-search.ts'
import { BYTES_PER_MEBIBYTE } from '../../../src/core/units.ts'
import { regretOf, search, type SearchResult, type SimulatedTarget } from '../../support/simulated-target.ts'

const CPUS = [1, 2, 4, 8]
const BOOTS = 10
/** Any count within 3 % of the best is right; boots that differ by 2 % leave a little more. */
const MOST_REGRET = 0.05

const EMPTY: WorkerSearch = {
  cpus: 2,
  memoryLimitBytes: 64 * 1_024 * BYTES_PER_MEBIBYTE,
  mostWorkers: 100,
  probes: [],
  comparisons: [],
  bootsLeft: BOOTS,
}

/** A boot of a target that cannot be looked into, by hand: 5 ms of CPU per request. */
function probeOf(workers: number, throughputPerS: number, more: Partial<WorkerProbe> = {}): WorkerProbe {
  const cpuMsPerRequest = 'cpuMsPerRequest' in more ? (more.cpuMsPerRequest ?? null) : 5
  return {
    workers,
    throughputPerS,
    standardError: throughputPerS * 0.005,
    cpuMsPerRequest,
    busyLoopMsPerRequest: null,
    cpus: cpuMsPerRequest === null ? null : (throughputPerS * cpuMsPerRequest) / 1_000,
    processes: workers,
    workerBytes: 50 * BYTES_PER_MEBIBYTE,
    primaryBytes: 0,
    ...more,
  }
}

function searched(target: SimulatedTarget, isBlackBox: boolean, memoryLimitBytes?: number): SearchResult {
  return search(target, {
    bootSpread: 0.02,
    isBlackBox,
    boots: BOOTS,
    seed: 7,
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
  })
}

/** The best counts follow from the definition of each target: CPUs × time of the worker / CPU time, or the bound they share. */
const TARGETS: readonly {
  readonly name: string
  readonly target: (cpus: number) => SimulatedTarget
  /** Smallest and largest count that is accepted on so many CPUs. */
  readonly counts: (cpus: number) => readonly [least: number, most: number]
}[] = [
  {
    name: 'CPU only',
    target: (cpus) => ({ cpus, loopMs: 5, penalty: 0.08 }),
    counts: (cpus) => [cpus, cpus],
  },
  {
    name: 'CPU and blocking 1:4',
    target: (cpus) => ({ cpus, loopMs: 1, blockedMs: 4, penalty: 0.08 }),
    counts: (cpus) => [Math.floor(5 * cpus * 0.95), Math.ceil(5 * cpus * 1.45)],
  },
  {
    name: '2 ms of CPU and 20 ms of blocking',
    target: (cpus) => ({ cpus, loopMs: 2, blockedMs: 20 }),
    counts: (cpus) => [Math.floor(11 * cpus * 0.95), Math.min(100, Math.ceil(11 * cpus * 1.45))],
  },
  {
    name: 'helper threads that fill four CPUs',
    target: (cpus) => ({ cpus, loopMs: 0.5, helperMs: 8 }),
    counts: (cpus) => [Math.max(1, cpus / 4), Math.max(1, cpus / 4)],
  },
  {
    name: 'an upstream that lets 200/s through',
    target: (cpus) => ({ cpus, loopMs: 1, sharedPerS: 200 }),
    counts: () => [1, 1],
  },
  {
    name: 'an upstream that three blocked workers fill',
    target: (cpus) => ({ cpus, loopMs: 2, blockedMs: 20, sharedPerS: 135 }),
    counts: () => [3, 6],
  },
  {
    name: 'a cache in each worker, whose misses compute',
    target: (cpus) => ({
      cpus,
      loopMs: 1,
      penalty: 0.08,
      cache: { missMs: 10, missRate: (workers) => workers / (workers + 6) },
    }),
    counts: (cpus) => [Math.ceil(cpus * 0.75), cpus + 1],
  },
  {
    name: 'a process that hands out connections and takes 1.5 ms for each',
    target: (cpus) => ({ cpus, loopMs: 4, primaryMs: 1.5 }),
    counts: (cpus) => [Math.min(cpus, 3), Math.min(cpus, 4)],
  },
]

for (const { name, target, counts } of TARGETS)
  for (const isBlackBox of [false, true])
    test(`${name}: the search ends at a count within 3 % of the best on ${CPUS.join(', ')} CPUs${isBlackBox ? ', seen from outside' : ''}`, () => {
      for (const cpus of CPUS) {
        const { end, boots } = searched(target(cpus), isBlackBox)
        assert.ok(end.kind === 'settled')
        const [least, most] = counts(cpus)
        assert.ok(end.workers >= least && end.workers <= most, `${end.workers} workers on ${cpus} CPUs`)
        assert.ok(regretOf(target(cpus), end.workers) <= MOST_REGRET, `${end.workers} workers on ${cpus} CPUs`)
        assert.ok(boots <= BOOTS)
      }
    })

test('the first probe has one worker', () => {
  const step = nextStep(EMPTY)
  assert.deepEqual([step.kind, step.kind === 'probe' && step.workers], ['probe', 1])
})

test('one worker that fills its only CPU ends the search after one boot', () => {
  const step = nextStep({ ...EMPTY, cpus: 1, probes: [probeOf(1, 192)] })
  assert.ok(step.kind === 'settled')
  assert.deepEqual([step.workers, step.binding, step.throughputPerS, step.doubts], [1, 'cpu', 192, []])
})

test('one worker that fills two CPUs with its helper threads ends it too', () => {
  const step = nextStep({ ...EMPTY, probes: [probeOf(1, 390)] })
  assert.deepEqual([step.kind, step.kind === 'settled' && step.workers], ['settled', 1])
})

test('a lone worker that leaves CPUs idle is never the end, whatever is believed of it', () => {
  for (const throughputPerS of [20, 100, 140, 165, 175])
    assert.equal(nextStep({ ...EMPTY, cpus: 1, probes: [probeOf(1, throughputPerS)] }).kind, 'probe')
})

test('an upstream looks like a worker that blocks until a second probe serves no more', () => {
  const calibration = probeOf(1, 200, { cpuMsPerRequest: 1 })
  const step = nextStep({ ...EMPTY, probes: [calibration] })
  assert.ok(step.kind === 'probe' && step.workers > 2)
  const end = nextStep({ ...EMPTY, probes: [calibration, probeOf(step.workers, 199, { cpuMsPerRequest: 1 })] })
  assert.ok(end.kind === 'settled')
  assert.deepEqual([end.workers, end.binding], [1, 'shared resource'])
})

test('a target with the same process and the same throughput at two counts does not heed the count', () => {
  const probes = [probeOf(1, 195), probeOf(2, 193, { processes: 1 })]
  assert.equal(nextStep({ ...EMPTY, probes }).kind, 'ignored')
  for (const isBlackBox of [false, true])
    assert.equal(searched({ cpus: 4, loopMs: 5, isDeaf: true }, isBlackBox).end.kind, 'ignored')
})

test('the same process that serves more, and more processes that serve the same, do heed it', () => {
  const threads = [probeOf(1, 195), probeOf(2, 385, { processes: 1 })]
  assert.notEqual(nextStep({ ...EMPTY, probes: threads }).kind, 'ignored')
  const upstream = [probeOf(1, 195), probeOf(2, 193, { processes: 2 })]
  assert.notEqual(nextStep({ ...EMPTY, probes: upstream }).kind, 'ignored')
})

test('memory ends the search before the CPUs do', () => {
  const target = { cpus: 8, loopMs: 5, workerBytes: 200 * BYTES_PER_MEBIBYTE }
  // 85 % of 1 GiB holds four workers of 200 MiB.
  const { end, probed } = searched(target, false, 1_024 * BYTES_PER_MEBIBYTE)
  assert.ok(end.kind === 'settled')
  assert.deepEqual([end.workers, end.binding], [4, 'memory'])
  assert.ok(Math.max(...probed) <= 4)
})

test('a probe whose workers use more memory than the first one lowers the cap, also below what was measured', () => {
  const probes = [probeOf(1, 195), probeOf(4, 780, { workerBytes: 400 * BYTES_PER_MEBIBYTE })]
  const step = nextStep({ ...EMPTY, cpus: 4, memoryLimitBytes: 1_024 * BYTES_PER_MEBIBYTE, probes })
  assert.deepEqual([step.kind, step.kind === 'probe' && step.workers], ['probe', 2])
})

test('with no boots left the search settles on a count that was measured, and says how sure it is', () => {
  const step = nextStep({ ...EMPTY, cpus: 4, probes: [probeOf(1, 195), probeOf(3, 570)], bootsLeft: 0 })
  assert.ok(step.kind === 'settled')
  assert.equal(step.workers, 3)
  assert.match(step.doubts.join('; '), /sure to be within 3 %/)
})

test('what could not be seen is said: CPU time, memory, processes', () => {
  const unseen = { cpuMsPerRequest: null, workerBytes: null, processes: null }
  const probes = [probeOf(1, 195, unseen), probeOf(2, 390, unseen), probeOf(3, 389, unseen)]
  const step = nextStep({ ...EMPTY, probes, bootsLeft: 0 })
  assert.ok(step.kind === 'settled')
  for (const doubt of [/CPU time was not measured/, /memory .* not measured/, /was not seen/])
    assert.match(step.doubts.join('; '), doubt)
})

test('a count that was worse side by side does not win by one lucky probe', () => {
  const probes = [probeOf(1, 195), probeOf(2, 360), probeOf(3, 385)]
  const comparisons = [{ workers: [2, 3] as const, ratios: [0.96, 0.97] }]
  const step = nextStep({ ...EMPTY, probes, comparisons, bootsLeft: 0 })
  assert.deepEqual([step.kind, step.kind === 'settled' && step.workers], ['settled', 2])
})

test('the same evidence gives the same step', () => {
  const evidence = { ...EMPTY, cpus: 4, probes: [probeOf(1, 150), probeOf(5, 700)] }
  assert.deepEqual(nextStep(evidence), nextStep(evidence))
})

test('a search that allows no worker, or that began with several, is refused', () => {
  assert.throws(() => nextStep({ ...EMPTY, mostWorkers: 0 }), RangeError)
  assert.throws(() => nextStep({ ...EMPTY, probes: [probeOf(2, 390)] }), RangeError)
})
