import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import type { GeneratorBeat, GeneratorPlan, GeneratorSnapshot } from '../../src/core/generator-messages.ts'
import type { RateStretch } from '../../src/core/rate-profile.ts'
import type { Arrivals } from '../../src/core/workload.ts'
import { type Generator, startGenerators, type WatchedResult } from '../../src/load/generators.ts'
import { GET, openWorkload, planFor } from '../support/plans.ts'

const ENTRY = new URL('../support/fake-generator.ts', import.meta.url)
const PROCESSES = [1, 2, 3, 7]

const REQUESTS = [
  { ...GET, name: 'often', weight: 5 },
  { ...GET, name: 'sometimes', weight: 2 },
  { ...GET, name: 'rarely', weight: 1 },
]

const STRETCHES: readonly RateStretch[] = [
  { durationMs: 10_000, fromPerS: 0, toPerS: 500 },
  { durationMs: 1_000, fromPerS: 3_000, toPerS: 3_000 },
  { durationMs: 20_000, fromPerS: 200, toPerS: 40 },
]

function planOf(arrivals: Arrivals): GeneratorPlan {
  const workload = openWorkload(1, { stretches: STRETCHES, arrivals, clients: 7 })
  return planFor('http://127.0.0.1:1', { workload, requests: REQUESTS, durationMs: 31_000 })
}

interface Told {
  readonly result: WatchedResult
  readonly snapshots: readonly GeneratorSnapshot[]
  readonly beats: readonly GeneratorBeat[]
}

async function told(generator: Generator, plan: GeneratorPlan): Promise<Told> {
  const snapshots: GeneratorSnapshot[] = []
  const beats: GeneratorBeat[] = []
  const result = await generator.runPhase(plan, {
    onSnapshot: (snapshot) => snapshots.push(snapshot),
    onBeat: (beat) => beats.push(beat),
  })
  return { result, snapshots, beats }
}

/** What must not depend on how many share the load: every count and every histogram. */
function figuresOf({ result }: Told): unknown {
  const { counts, routes, otherOutcomes, statusCodes, lateness, completedWhileSending, goodWhileSending } = result
  return { counts, routes, otherOutcomes, statusCodes, lateness, completedWhileSending, goodWhileSending }
}

const groups: Generator[] = []
after(() => Promise.all(groups.map((group) => group.close())))
for (const processes of PROCESSES) groups.push(await startGenerators({ cpus: [], processes, entry: ENTRY }))

for (const arrivals of ['uniform', 'poisson'] as const) {
  test(`${arrivals} arrivals give the counts and the histograms of one process, however many share them`, async () => {
    const [one, ...others] = await Promise.all(groups.map((group) => told(group, planOf(arrivals))))
    assert.ok(one)
    assert.deepEqual(
      one.result.routes.map(({ name }) => name),
      ['often', 'sometimes', 'rarely'],
    )
    if (arrivals === 'uniform') assert.equal(one.result.counts.scheduled, 2_500 + 3_000 + 2_400)
    for (const [index, other] of others.entries()) {
      assert.deepEqual(figuresOf(other), figuresOf(one))
      assert.equal(other.result.processes, PROCESSES[index + 1])
    }
  })
}

test('what all processes tell while they run is told as one', async () => {
  const [one, ...others] = await Promise.all(groups.map((group) => told(group, planOf('uniform'))))
  for (const { snapshots, beats } of others) {
    assert.equal(snapshots.length, 1)
    assert.deepEqual({ ...snapshots[0], elapsedMs: 0 }, { ...one?.snapshots[0], elapsedMs: 0 })
    assert.deepEqual(
      beats.map(({ completed }) => completed),
      [one?.beats[0]?.completed],
    )
  }
})

test('costs of all processes are added up, and what held one of them up is that of the worst', async () => {
  const [, , three] = await Promise.all(groups.map((group) => told(group, planOf('uniform'))))
  assert.ok(three)
  const { cpuMs, busiestCpuMs, runQueueDelayMs, loopDelayP99Ms, connectionsOpened, errors } = three.result
  assert.deepEqual([cpuMs, busiestCpuMs, runQueueDelayMs, loopDelayP99Ms, connectionsOpened], [6, 2, 1, 0.5, 9])
  // The fake loses requests under 25 codes: 20 are told apart.
  assert.equal(Object.keys(errors).length, 21)
  assert.equal(
    Object.values(errors).reduce((sum, count) => sum + count, 0),
    three.result.counts.lost,
  )
})

test('a load that is too small to be shared by all is sent by fewer', async () => {
  const seven = groups[3] ?? assert.fail()
  const plan = planFor('http://127.0.0.1:1', {
    workload: openWorkload(100, { initialConnections: 1, maxConnections: 2, clients: 7 }),
    durationMs: 1_000,
  })
  const { result } = await told(seven, plan)
  assert.equal(result.processes, 2)
  assert.equal(result.counts.scheduled, 100)
  const fewClients = { ...plan, workload: openWorkload(100, { stretches: STRETCHES, maxConnections: 100, clients: 3 }) }
  assert.equal((await told(seven, fewClients)).result.processes, 3)
})
