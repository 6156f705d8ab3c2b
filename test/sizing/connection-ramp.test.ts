import assert from 'node:assert/strict'
import { test } from 'node:test'

import { nextConnections, type RampStep } from '../../src/sizing/connection-ramp.ts'

const PLAN = { factor: 2, mostConnections: 1_000 }

/** Climbs as told on a target whose throughput is a function of the connections. */
function climb(throughputPerS: (connections: number) => number, plan = PLAN): readonly RampStep[] {
  const steps: RampStep[] = []
  for (let connections = nextConnections(steps, plan); connections !== null;) {
    steps.push({ connections, throughputPerS: throughputPerS(connections) })
    connections = nextConnections(steps, plan)
  }
  return steps
}

test('the ramp goes on while throughput grows, and ends after two steps without growth', () => {
  const steps = climb((connections) => Math.min(connections * 50, 1_000))
  assert.deepEqual(
    steps.map(({ connections }) => connections),
    [1, 2, 4, 8, 16, 32, 64, 128],
  )
})

test('one step that is disturbed does not end the ramp', () => {
  const steps = climb((connections) => (connections === 4 ? 90 : Math.min(connections * 50, 1_000)))
  assert.equal(steps.at(-1)?.connections, 128)
})

test('a target that serves one at a time is flat from the start', () => {
  const steps = climb(() => 45)
  assert.equal(steps.length, 3)
})

test('the ramp stops at the most connections, and where nothing good comes back', () => {
  assert.equal(climb((connections) => connections, { factor: 4, mostConnections: 100 }).at(-1)?.connections, 100)
  assert.equal(climb((connections) => (connections < 4 ? connections : 0)).length, 3)
})
