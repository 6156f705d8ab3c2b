import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorkload } from '../support/plans.ts'
import type { GeneratorHealth, RequestCounts } from '../../src/core/measurement.ts'
import { judge, type ValidityInput } from '../../src/load/validity.ts'

const COUNTS: RequestCounts = {
  scheduled: 5_000,
  sent: 5_000,
  dropped: 0,
  good: 5_000,
  cached: 0,
  limited: 0,
  shed: 0,
  failed: 0,
  mismatched: 0,
  timedOut: 0,
  lost: 0,
  unfinished: 0,
}
const HEALTH: GeneratorHealth = {
  processes: 1,
  cpuFraction: 0.4,
  loopDelayP99Ms: 1,
  sendRatio: 1,
  lateP50Ms: 0.1,
  lateP99Ms: 1,
  hiccupP99Ms: 0.5,
}
const OPEN: ValidityInput = {
  workload: openWorkload(500, { arrivals: 'poisson', initialConnections: 100, maxConnections: 100 }),
  counts: COUNTS,
  health: HEALTH,
  durationMs: 10_000,
  workers: 2,
  targetBusyFraction: 0.5,
  interference: { stealFraction: 0, throttledCount: 0 },
}
const CLOSED: ValidityInput = {
  ...OPEN,
  workload: { kind: 'closed', connections: 50 },
  health: { ...HEALTH, lateP50Ms: null, lateP99Ms: null },
}

function open(health: Partial<GeneratorHealth>): ValidityInput {
  return { ...OPEN, health: { ...HEALTH, ...health } }
}

function verdicts(inputs: readonly ValidityInput[]): readonly string[] {
  return inputs.map((input) => {
    const { verdict, reasons } = judge(input)
    return [verdict, ...reasons.map((reason) => reason.code)].join(' ')
  })
}

test('a healthy phase of either kind is valid and has no reasons', () => {
  assert.deepEqual(judge(OPEN), { verdict: 'valid', reasons: [] })
  assert.deepEqual(judge(CLOSED), { verdict: 'valid', reasons: [] })
})

test('arrivals that were not sent make an open loop suspect below 99.9 % and invalid below 99 %', () => {
  assert.deepEqual(verdicts([0.999, 0.998, 0.99, 0.989].map((sendRatio) => open({ sendRatio }))), [
    'valid',
    'suspect arrivals-dropped',
    'suspect arrivals-dropped',
    'invalid arrivals-dropped',
  ])
})

test('lateness is tolerated up to 5 ms, is suspect beyond and invalid at ten times that', () => {
  assert.deepEqual(verdicts([5, 5.1, 50, 50.1].map((lateP99Ms) => open({ lateP99Ms }))), [
    'valid',
    'suspect generator-late',
    'suspect generator-late',
    'invalid generator-late',
  ])
})

test('lateness is tolerated up to twice the pauses of the machine, and never beyond 100 ms', () => {
  assert.deepEqual(verdicts([16, 16.1, 100, 100.1].map((lateP99Ms) => open({ lateP99Ms, hiccupP99Ms: 8 }))), [
    'valid',
    'suspect generator-late',
    'suspect generator-late',
    'invalid generator-late',
  ])
})

test('lateness beyond 100 ms is invalid however long the machine itself pauses', () => {
  assert.deepEqual(verdicts([100, 100.1].map((lateP99Ms) => open({ lateP99Ms, hiccupP99Ms: 200 }))), [
    'valid',
    'invalid generator-late',
  ])
})

test('lateness without known pauses is judged by the fixed bound', () => {
  assert.deepEqual(verdicts([open({ lateP99Ms: 6, hiccupP99Ms: null })]), ['suspect generator-late'])
})

test('an open loop may use all of its CPU: the pacer spins', () => {
  assert.equal(judge(open({ cpuFraction: 1 })).verdict, 'valid')
})

test('a saturated generator makes a closed loop invalid only when it left the target idle', () => {
  const saturated = { ...CLOSED, health: { ...CLOSED.health, cpuFraction: 0.97 } }
  assert.deepEqual(
    verdicts([
      { ...saturated, targetBusyFraction: 0.9 },
      { ...saturated, targetBusyFraction: 0.79 },
      { ...saturated, targetBusyFraction: null },
      { ...CLOSED, targetBusyFraction: 0.1 },
    ]),
    ['valid', 'invalid generator-limited', 'suspect generator-limited', 'valid'],
  )
})

test('a p99 of fewer than 1000 good answers is suspect, none at all is invalid', () => {
  const withGood = (good: number): ValidityInput => ({ ...OPEN, counts: { ...COUNTS, good, failed: 5_000 - good } })
  assert.deepEqual(verdicts([withGood(1_000), withGood(999), withGood(0)]), [
    'valid',
    'suspect few-samples',
    'invalid no-samples',
  ])
})

test('wrong answers are what was measured and leave a phase valid', () => {
  assert.equal(judge({ ...OPEN, counts: { ...COUNTS, good: 1_500, failed: 3_000, lost: 500 } }).verdict, 'valid')
})

test('fewer than two connections per worker are suspect, unless the workers cannot be seen', () => {
  const few = { ...CLOSED, workload: { kind: 'closed', connections: 3 } } as const
  assert.deepEqual(verdicts([few, { ...few, workers: 1 }, { ...few, workers: null }]), [
    'suspect few-connections',
    'valid',
    'valid',
  ])
})

test('stolen CPU time is suspect above 1 % and invalid above 5 %', () => {
  const stolen = (stealFraction: number): ValidityInput => ({
    ...OPEN,
    interference: { stealFraction, throttledCount: 0 },
  })
  assert.deepEqual(verdicts([0.01, 0.011, 0.051].map(stolen)), ['valid', 'suspect cpu-steal', 'invalid cpu-steal'])
})

test('a quota that stopped the processes is suspect', () => {
  assert.deepEqual(verdicts([{ ...OPEN, interference: { stealFraction: 0, throttledCount: 3 } }]), [
    'suspect cpu-throttled',
  ])
})

test('every reason is named, the worst decides, and each has a figure and a hint', () => {
  const { verdict, reasons } = judge({
    ...open({ sendRatio: 0.5, lateP99Ms: 20 }),
    interference: { stealFraction: 0.02, throttledCount: 1 },
  })
  assert.equal(verdict, 'invalid')
  assert.deepEqual(
    reasons.map((reason) => reason.code),
    ['arrivals-dropped', 'generator-late', 'cpu-steal', 'cpu-throttled'],
  )
  for (const { evidence, hint } of reasons) {
    assert.match(evidence, /\d/)
    assert.ok(hint.length > 10)
  }
})
