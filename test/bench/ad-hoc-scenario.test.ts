import assert from 'node:assert/strict'
import { test } from 'node:test'

import { applyOverrides } from '../../src/bench/ad-hoc-scenario.ts'
import { parseScenario } from '../../src/bench/scenario-file.ts'
import { UsageError } from '../../src/core/errors.ts'
import type { Scenario } from '../../src/core/scenario.ts'

function scenarioOf(...phases: readonly unknown[]): Scenario {
  const scenario = { name: 'probe', description: 'one request', requests: [{ path: '/' }], phases }
  return parseScenario(JSON.stringify(scenario), 'probe.json')
}

const WARM_UP = { name: 'warm-up', kind: 'closed', connections: 1, duration: '5s', measured: false }

for (const rate of ['60% of warm-up', { from: 10, to: '60% of warm-up' }]) {
  test(`no warm-up is refused where a measured phase goes by it: ${JSON.stringify(rate)}`, () => {
    const scenario = scenarioOf(WARM_UP, { name: 'steady', kind: 'open', rate, duration: '5s' })
    assert.throws(
      () => applyOverrides(scenario, { warmUpMs: 0 }),
      (error) =>
        error instanceof UsageError &&
        /--warm-up 0 leaves out the phase "warm-up", of which "steady" takes its rate/.test(error.message) &&
        error.hint !== undefined,
    )
    assert.equal(applyOverrides(scenario, { warmUpMs: 1_000 }).phases.length, 2)
  })
}

test('no warm-up leaves out what is not measured where nothing measured goes by it', () => {
  const settle = { name: 'settle', kind: 'open', rate: '60% of warm-up', duration: '1s', measured: false }
  const scenario = scenarioOf(WARM_UP, settle, { name: 'only', kind: 'closed', connections: 1, duration: '5s' })
  assert.deepEqual(
    applyOverrides(scenario, { warmUpMs: 0 }).phases.map(({ name }) => name),
    ['only'],
  )
})

test('a warm-up that would cut off its fault is told as such', () => {
  const faults = [{ upstream: 'primary', from: '1s', to: '4s', silence: 'hang' }]
  const scenario = scenarioOf(
    { ...WARM_UP, faults },
    { name: 'only', kind: 'closed', connections: 1, duration: '9s', faults },
  )
  assert.throws(
    () => applyOverrides(scenario, { warmUpMs: 2_000 }),
    (error) =>
      error instanceof UsageError &&
      /"warm-up" has a fault until 4 s, after the end that --warm-up 2s gives it/.test(error.message) &&
      /--warm-up 4s or more/.test(error.hint ?? ''),
  )
  assert.throws(() => applyOverrides(scenario, { durationMs: 2_000 }), /"only" has .* that -d 2s gives it/)
  assert.equal(applyOverrides(scenario, { warmUpMs: 0 }).phases.length, 1)
})
