import assert from 'node:assert/strict'
import { test } from 'node:test'

import { judge } from '../../src/load/validity.ts'
import type { ValidityInput } from '../../src/load/validity-input.ts'
import { CLOSED, COUNTS, evidenceOf, HEALTH, neighbours, OPEN, open, USERS, verdicts } from './validity-examples.ts'

test('a healthy phase of any kind is valid and has no reasons', () => {
  for (const input of [OPEN, CLOSED, USERS]) {
    assert.deepEqual(judge(input), { verdict: 'valid', reasons: [] })
    const watched = { ...input, neighbours: neighbours(0.01), steadyState: { hasSettled: true, fromS: 1 } }
    assert.deepEqual(judge({ ...watched, targetStarvedFraction: 0.04 }), { verdict: 'valid', reasons: [] })
  }
})

test('users are judged by lateness as arrivals are', () => {
  assert.deepEqual(verdicts([{ ...USERS, health: { ...HEALTH, lateP99Ms: 5.1 } }]), ['suspect generator-late'])
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

test('wrong answers are what was measured and leave a phase valid', () => {
  assert.equal(judge({ ...OPEN, counts: { ...COUNTS, good: 1_500, failed: 3_000, lost: 500 } }).verdict, 'valid')
})

test('a generator that waits for its CPU makes arrivals and users suspect above 5 % and invalid above 25 %', () => {
  for (const input of [OPEN, USERS]) {
    const starved = [0.05, 0.051, 0.25, 0.251, null, undefined].map((starvedFraction) => ({
      ...input,
      health: { ...HEALTH, starvedFraction },
    }))
    assert.deepEqual(verdicts(starved), [
      'valid',
      'suspect generator-starved',
      'suspect generator-starved',
      'invalid generator-starved',
      'valid',
      'valid',
    ])
  }
})

test('a generator of a closed loop that waits for its CPU matters only when it left the target idle', () => {
  const starved = { ...CLOSED, health: { ...CLOSED.health, starvedFraction: 0.3 } }
  assert.deepEqual(
    verdicts([
      { ...starved, targetBusyFraction: 0.9 },
      { ...starved, targetBusyFraction: 0.79 },
      { ...starved, targetBusyFraction: null },
    ]),
    ['valid', 'suspect generator-starved', 'valid'],
  )
})

test('a generator that waits while nobody else runs waits for its simulators, and is suspect above 25 % only', () => {
  const alone = { ...OPEN, neighbours: neighbours(0.02) }
  const starved = (starvedFraction: number): ValidityInput => ({ ...alone, health: { ...HEALTH, starvedFraction } })
  assert.deepEqual(verdicts([starved(0.25), starved(0.251), starved(0.9)]), [
    'valid',
    'suspect generator-starved',
    'suspect generator-starved',
  ])
  const closed = { ...CLOSED, neighbours: neighbours(0.02), targetBusyFraction: 0.3 }
  assert.equal(judge({ ...closed, health: { ...CLOSED.health, starvedFraction: 0.2 } }).verdict, 'valid')
})

test('other processes make a phase suspect above 5 % of the CPUs and invalid above 25 %, and the busiest is named', () => {
  const beside = (cpus: number, ofCpus?: number): ValidityInput => ({ ...OPEN, neighbours: neighbours(cpus, ofCpus) })
  assert.deepEqual(verdicts([beside(0.1), beside(0.11), beside(0.5), beside(0.51), beside(0.51, 16)]), [
    'valid',
    'suspect busy-neighbour',
    'suspect busy-neighbour',
    'invalid busy-neighbour',
    'valid',
  ])
  assert.equal(
    evidenceOf(beside(0.5)),
    'other processes used 0.50 of the 2 CPUs, most of it tsc --watch (pid 4711) with 0.40',
  )
})

test('neighbours that nobody can see are told as such, and unknown ones are not held against a phase', () => {
  assert.match(
    evidenceOf({ ...OPEN, neighbours: { cpus: 0.5, ofCpus: 2, busiest: null } }),
    /0\.50 of the 2 CPUs, none of them can be seen/,
  )
  assert.equal(judge({ ...OPEN, neighbours: null }).verdict, 'valid')
})

test('a target that waits for its CPU is suspect above 10 % and invalid above 25 %', () => {
  const starved = (targetStarvedFraction: number | null): ValidityInput => ({ ...OPEN, targetStarvedFraction })
  assert.deepEqual(verdicts([0.1, 0.101, 0.25, 0.251, null].map(starved)), [
    'valid',
    'suspect target-starved',
    'suspect target-starved',
    'invalid target-starved',
    'valid',
  ])
  assert.match(evidenceOf(starved(0.2)), /20\.0 % of the time, though it used only 50\.0 % of its CPUs/)
})

test('a target that waits while nobody else runs waits for itself', () => {
  const alone = { ...OPEN, targetStarvedFraction: 0.3, neighbours: neighbours(0.02) }
  assert.equal(judge(alone).verdict, 'valid')
  assert.deepEqual(verdicts([{ ...alone, interference: { stealFraction: 0.02, throttledCount: 0 } }]), [
    'invalid cpu-steal target-starved',
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
    ...open({ sendRatio: 0.5, lateP99Ms: 20, starvedFraction: 0.1 }),
    workers: 200,
    counts: { ...COUNTS, good: 100, failed: 4_900 },
    interference: { stealFraction: 0.02, throttledCount: 1 },
    neighbours: neighbours(0.3),
    targetStarvedFraction: 0.2,
    steadyState: { hasSettled: false, fromS: 5 },
  })
  assert.equal(verdict, 'invalid')
  assert.deepEqual(
    reasons.map((reason) => reason.code),
    [
      'few-samples',
      'few-connections',
      'not-steady',
      'arrivals-dropped',
      'generator-late',
      'generator-starved',
      'cpu-steal',
      'cpu-throttled',
      'busy-neighbour',
      'target-starved',
    ],
  )
  for (const { evidence, hint } of reasons) {
    assert.match(evidence, /\d/)
    assert.ok(hint.length > 10)
  }
})
