import assert from 'node:assert/strict'
import { test } from 'node:test'

import { constantRate } from '../../src/core/rate-profile.ts'
import { applyOverrides, singleRequestScenario } from '../../src/bench/ad-hoc-scenario.ts'
import { describeWorkload, type EarlierPhases, planRequests, workloadOf } from '../../src/bench/phases.ts'
import { TargetError } from '../../src/core/errors.ts'
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

test('an object as body is sent as JSON with its content type', () => {
  const [request] = planRequests({
    ...SCENARIO,
    requests: [{ ...SCENARIO.requests[0]!, method: 'POST', body: { a: 1 }, headers: { 'X-One': '1' } }],
  })
  assert.deepEqual([request?.body, request?.headers], ['{"a":1}', { 'content-type': 'application/json', 'x-one': '1' }])
})
