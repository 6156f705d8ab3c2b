import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { constantRate, type RateStretch } from '../../src/core/rate-profile.ts'
import { applyOverrides, singleRequestScenario } from '../../src/bench/ad-hoc-scenario.ts'
import { describeWorkload, faultsOf, reportedWorkload, workloadOf } from '../../src/bench/phases.ts'
import type { EarlierPhases } from '../../src/bench/rate-stretches.ts'
import { parseScenario } from '../../src/bench/scenario-file.ts'
import { ScenarioError, TargetError, UsageError } from '../../src/core/errors.ts'
import type { ScenarioPhase } from '../../src/core/scenario.ts'
import type { Workload } from '../../src/core/workload.ts'
import { reportFixture } from '../support/report-fixture.ts'

const SCENARIO = singleRequestScenario({ name: 'GET /', method: 'GET', path: '/', headers: {} })

function earlierPhase(throughputPerS: number, p99Ms: number | null = null): EarlierPhases {
  const { serviceTime } = reportFixture().runs[0]!
  return new Map([['saturate', { throughputPerS, serviceTime: { ...serviceTime, p99Ms } }]])
}

function phaseNames(scenario: typeof SCENARIO): string[] {
  return scenario.phases.map(({ name }) => name)
}

test('a target given by its address gets a warm-up, a closed phase, and an open one after a moment to settle', () => {
  assert.deepEqual(phaseNames(SCENARIO), ['warm-up', 'saturate', 'settle', 'steady'])
})

test('connections alone give one closed phase after a warm-up of the same load', () => {
  const scenario = applyOverrides(SCENARIO, { connections: 4 })
  assert.deepEqual(phaseNames(scenario), ['warm-up', 'closed'])
  assert.deepEqual(
    scenario.phases.map((phase) => workloadOf(phase, new Map())),
    [
      { kind: 'closed', connections: 4 },
      { kind: 'closed', connections: 4 },
    ],
  )
})

test('a rate alone gives one open phase with uniform arrivals', () => {
  const scenario = applyOverrides(SCENARIO, { ratePerS: 60, durationMs: 3_000, warmUpMs: 0 })
  assert.deepEqual(phaseNames(scenario), ['open'])
  assert.deepEqual(workloadOf(scenario.phases[0]!, new Map()), {
    kind: 'open',
    stretches: constantRate(60, 3_000),
    arrivals: 'uniform',
    clients: 100,
    initialConnections: 15,
    maxConnections: 1_000,
  })
  assert.equal(scenario.phases[0]?.duration, 3_000)
})

test('a rate and connections give an open phase over at most that many connections', () => {
  const workload = workloadOf(applyOverrides(SCENARIO, { ratePerS: 60, connections: 5 }).phases[1]!, new Map())
  assert.deepEqual(workload, {
    kind: 'open',
    stretches: constantRate(60, 10_000),
    arrivals: 'uniform',
    clients: 100,
    initialConnections: 5,
    maxConnections: 5,
  })
})

test('a duration changes the measured phases only', () => {
  const durations = applyOverrides(SCENARIO, { durationMs: 500 }).phases.map(({ duration }) => duration)
  assert.deepEqual(durations, [2_000, 500, 1_500, 500])
})

test('the warm-up time is that of the first phase, and none leaves out all phases that are not measured', () => {
  const durations = applyOverrides(SCENARIO, { warmUpMs: 300 }).phases.map(({ duration }) => duration)
  assert.deepEqual(durations, [300, 6_000, 1_500, 8_000])
  assert.deepEqual(phaseNames(applyOverrides(SCENARIO, { warmUpMs: 0 })), ['saturate', 'steady'])
})

test('a share of an earlier phase becomes a rate', () => {
  const workload = workloadOf(SCENARIO.phases[2]!, earlierPhase(500))
  assert.deepEqual(workload.kind === 'open' && workload.stretches, constantRate(300, SCENARIO.phases[2]?.duration ?? 0))
  assert.equal(describeWorkload(workload), 'open, 300/s poisson')
})

test('an open phase begins with the connections that the p99 of the phase before it needs', () => {
  const workload = workloadOf(SCENARIO.phases[2]!, earlierPhase(500, 100))
  assert.deepEqual(workload.kind === 'open' && [workload.initialConnections, workload.maxConnections], [30, 1_000])
})

test('a share of a phase that completed nothing is refused', () => {
  assert.throws(() => workloadOf(SCENARIO.phases[2]!, earlierPhase(0)), TargetError)
})

/** A scenario of one phase. */
function scenarioOf(phase: Readonly<Record<string, unknown>>): typeof SCENARIO {
  const phases = [
    { name: 'saturate', kind: 'closed', connections: 1, duration: 1 },
    { name: 'only', ...phase },
  ]
  return parseScenario(JSON.stringify({ name: 'x', description: 'x', requests: [{ path: '/' }], phases }), 'x.json')
}

function phaseOf(phase: Readonly<Record<string, unknown>>): ScenarioPhase {
  return scenarioOf(phase).phases[1]!
}

function stretchesOf(rate: unknown, duration: string): unknown {
  const workload = workloadOf(phaseOf({ kind: 'open', rate, duration }), earlierPhase(500))
  return workload.kind === 'open' && workload.stretches
}

test('a rising rate is one stretch', () => {
  assert.deepEqual(stretchesOf({ from: '100/s', to: '150% of saturate' }, '10s'), [
    { durationMs: 10_000, fromPerS: 100, toPerS: 750 },
  ])
})

test('steps share the time of the phase equally', () => {
  assert.deepEqual(stretchesOf({ steps: [100, 200, '50% of saturate', 400] }, '2s'), [
    ...constantRate(100, 500),
    ...constantRate(200, 500),
    ...constantRate(250, 500),
    ...constantRate(400, 500),
  ])
})

test('spikes interrupt the base rate, in the order of time, also at the very beginning and end', () => {
  const spikes = [
    { at: '9s', for: '1s', rate: 90 },
    { at: '0s', for: '1s', rate: '20% of saturate' },
    { at: '4s', for: '2s', rate: 40 },
  ]
  assert.deepEqual(stretchesOf({ base: 10, spikes }, '10s'), [
    ...constantRate(100, 1_000),
    ...constantRate(10, 3_000),
    ...constantRate(40, 2_000),
    ...constantRate(10, 3_000),
    ...constantRate(90, 1_000),
  ])
})

test('stretches are together as long as the phase, wherever the spikes lie', () => {
  const gapsMs = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 500 })), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(gapsMs, fc.nat(500), (gaps, restMs) => {
      let atMs = 0
      const spikes = gaps.map(([beforeMs, forMs]) => {
        const spike = { at: `${atMs + beforeMs}ms`, for: `${forMs}ms`, rate: 50 }
        atMs += beforeMs + forMs
        return spike
      })
      const stretches = stretchesOf({ base: 10, spikes: spikes.toReversed() }, `${atMs + restMs}ms`) as RateStretch[]
      const totalMs = stretches.reduce((sum, { durationMs }) => sum + durationMs, 0)
      const spikesMs = stretches.reduce((sum, { durationMs, toPerS }) => sum + (toPerS === 50 ? durationMs : 0), 0)
      assert.deepEqual([totalMs, spikesMs], [atMs + restMs, gaps.reduce((sum, [, forMs]) => sum + forMs, 0)])
      assert.ok(stretches.every(({ durationMs }) => durationMs > 0))
    }),
  )
})

test('connections of a changing rate begin with what its first stretch needs', () => {
  const workload = workloadOf(
    phaseOf({ kind: 'open', rate: { steps: [200, 2_000] }, duration: 10 }),
    earlierPhase(1, 100),
  )
  assert.equal(workload.kind === 'open' && workload.initialConnections, 20)
})

test('clients are those of the scenario', () => {
  const workload = workloadOf(phaseOf({ kind: 'open', rate: 5, duration: 1 }), new Map(), { clients: 7 })
  assert.equal(workload.kind === 'open' && workload.clients, 7)
})

test('an open phase begins with connections for every worker of the target', () => {
  const workload = workloadOf(phaseOf({ kind: 'open', rate: 5, duration: 1 }), new Map(), { workers: 8 })
  assert.equal(workload.kind === 'open' && workload.initialConnections, 16)
})

test('a closed phase may end after so many requests', () => {
  const workload = workloadOf(
    phaseOf({ kind: 'closed', connections: 100, requests: 120_000, duration: '60s' }),
    new Map(),
  )
  assert.deepEqual(workload, { kind: 'closed', connections: 100, maxRequests: 120_000 })
  assert.equal(describeWorkload(workload), 'closed, 100 connections, at most 120,000 requests')
})

test('users begin at their rate and think as long as the phase says, or not at all', () => {
  const users = { kind: 'users', users: 100, spawnRate: '10/s', duration: '30s' }
  const expected: Workload = { kind: 'users', users: 100, spawnRatePerS: 10, think: { minMs: 0, maxMs: 0 } }
  assert.deepEqual(workloadOf(phaseOf(users), new Map()), expected)
  const thinking = workloadOf(phaseOf({ ...users, think: { from: '1s', to: '3s' } }), new Map())
  assert.deepEqual(thinking, { ...expected, think: { minMs: 1_000, maxMs: 3_000 } })
  assert.equal(describeWorkload(thinking), '100 users, 10/s, think 1–3 s')
  assert.deepEqual(reportedWorkload(thinking).thinkMs, [1_000, 3_000])
})

test('loads that change are told with their range', () => {
  const described = (rate: unknown): string =>
    describeWorkload(workloadOf(phaseOf({ kind: 'open', rate, duration: '10s' }), new Map()))
  assert.equal(described({ from: 100, to: 1_000 }), 'open, 100→1,000/s poisson')
  assert.equal(described({ steps: [100, 400, 200] }), 'open, 100–400/s poisson')
})

test('faults are planned in the order in which they begin, with only what they say', () => {
  const faults = [
    { upstream: 'secondary', from: '5s', to: '6s', silence: 'hang' },
    { upstream: 'primary', from: '1s', to: '2500ms', errorRate: '50%', latencyFactor: 3 },
    { upstream: 'primary', from: '7s', to: '9s', body: 'drip', capacity: 5, flapping: '500ms' },
  ]
  assert.deepEqual(faultsOf(phaseOf({ kind: 'closed', connections: 1, duration: '10s', faults })), [
    { upstream: 'primary', fromMs: 1_000, toMs: 2_500, fault: { errorRate: 0.5, latencyFactor: 3 } },
    { upstream: 'secondary', fromMs: 5_000, toMs: 6_000, fault: { silence: 'hang' } },
    { upstream: 'primary', fromMs: 7_000, toMs: 9_000, fault: { body: 'drip', capacity: 5, flappingMs: 500 } },
  ])
  assert.deepEqual(faultsOf(phaseOf({ kind: 'closed', connections: 1, duration: 1 })), [])
})

test('a duration that would cut off a fault or a spike is refused, and says which is enough', () => {
  const fault = { upstream: 'primary', from: '5s', to: '9500ms', silence: 'hang' }
  const withFault = scenarioOf({ kind: 'open', rate: 5, duration: '20s', faults: [fault] })
  const withSpike = scenarioOf({
    kind: 'open',
    rate: { base: 5, spikes: [{ at: '5s', for: '2s', rate: 9 }] },
    duration: '20s',
  })
  assert.throws(
    () => applyOverrides(withFault, { durationMs: 9_000 }),
    (error) =>
      error instanceof UsageError &&
      /"only" has a fault until 9\.5 s/.test(error.message) &&
      /-d 10s/.test(String(error.hint)),
  )
  assert.throws(() => applyOverrides(withSpike, { durationMs: 6_000 }), /"only" has a spike until 7 s/)
  assert.equal(applyOverrides(withSpike, { durationMs: 7_000 }).phases[1]?.duration, 7_000)
})

test('a duration leaves users what they are', () => {
  const scenario = scenarioOf({ kind: 'users', users: 5, spawnRate: 1, duration: '20s' })
  assert.deepEqual(applyOverrides(scenario, { durationMs: 3_000 }).phases[1], {
    ...scenario.phases[1],
    duration: 3_000,
  })
})

test('a request on the command line that cannot be sent is refused with what is wrong', () => {
  assert.throws(
    () => singleRequestScenario({ name: 'FETCH /', method: 'FETCH', path: '/', headers: {} }),
    (error) => error instanceof ScenarioError && /method must be one of GET, HEAD/.test(error.message),
  )
})
