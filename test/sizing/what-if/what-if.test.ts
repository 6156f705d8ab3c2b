import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { fitScalability } from '../../../src/sizing/scalability-fit.ts'
import { throughputAt } from '../../../src/sizing/scalability.ts'
import type { SaturatedFigures, SizingInput } from '../../../src/sizing/sizing-input.ts'
import { NO_SPREADS, type Spread } from '../../../src/sizing/advice/spread.ts'
import type { WhatIfEvidence, WhatIfTarget } from '../../../src/sizing/what-if/what-if-evidence.ts'
import { whatIf, type WhatIfAnswer } from '../../../src/sizing/what-if/what-if.ts'
import { adviseWorkers } from '../../../src/sizing/advice/worker-advice.ts'
import { EXAMPLE, MIB } from '../sizing-input-example.ts'

const GIB = 1_024 * MIB
/** Two CPUs that cost 2 ms a request: 2 × 0.95 / 2 ms = 950/s. */
const EVIDENCE: WhatIfEvidence = { input: EXAMPLE, objective: null, growth: null, doubts: [] }
const SAME: WhatIfTarget = { cpus: 2, memoryBytes: 2 * GIB, ratePerS: null }

function answerOf(changes: Partial<WhatIfEvidence>, target: Partial<WhatIfTarget>): WhatIfAnswer {
  const answer = whatIf({ ...EVIDENCE, ...changes }, { ...SAME, ...target })
  assert.ok(answer.outcome === 'answered', JSON.stringify(answer))
  return answer
}

function inputWith(changes: Partial<SizingInput>, saturated: Partial<SaturatedFigures> = {}): SizingInput {
  assert.ok(EXAMPLE.saturated !== null)
  return { ...EXAMPLE, saturated: { ...EXAMPLE.saturated, ...saturated }, ...changes }
}

function varyingBy(cpuPerRequest: Spread): SizingInput {
  return inputWith({ spreads: { ...NO_SPREADS, cpuPerRequest } })
}

function limits({ limits: texts }: WhatIfAnswer): string {
  return texts.join('\n')
}

test('asked about the measured machine, what-if says what the report recommends', () => {
  const { workers, capacityPerS, binding, confidence } = answerOf({}, {})
  assert.deepEqual([workers, binding, confidence], [2, 'cpu', 'high'])
  assert.deepEqual(capacityPerS, { value: 950, low: 950, high: 950 })
  assert.equal(adviseWorkers(EXAMPLE)?.throughputPerS, 950)
})

test('each doubling of the CPUs loses 10 %, and the bounds go from none of that to twice as much', () => {
  const { workers, capacityPerS, efficiency, confidence } = answerOf({}, { cpus: 8, memoryBytes: 8 * GIB })
  // 4 × 950 × 0.9 × 0.9; 0.81 × 0.81; linear.
  assert.deepEqual([workers, efficiency.basis, confidence], [8, 'rule', 'low'])
  assert.equal(capacityPerS.value.toFixed(1), '3078.0')
  assert.equal(capacityPerS.low.toFixed(1), (3_800 * 0.6561).toFixed(1))
  assert.equal(capacityPerS.high.toFixed(1), '3800.0')
})

test('the number of machines is the rate over 80 % of what one can do, whole, with bounds', () => {
  const { plan, limits: texts } = answerOf({}, { cpus: 8, memoryBytes: 8 * GIB, ratePerS: 5_000 })
  // 5 000 / (0.8 × 3 078) = 2.03; / (0.8 × 3 800) = 1.6; / (0.8 × 2 493) = 2.5.
  assert.deepEqual([plan?.share, plan?.basis], [0.8, 'rule'])
  assert.deepEqual(plan?.machines, { value: 3, low: 2, high: 3 })
  assert.match(texts.join('\n'), /No machine is counted for failures/)
})

test('beyond four times the measured CPUs confidence is low, and the answer says so in words', () => {
  const four = answerOf({}, { cpus: 8, memoryBytes: 8 * GIB })
  assert.doesNotMatch(limits(four), /Confidence is low/)
  const eight = answerOf({}, { cpus: 16, memoryBytes: 16 * GIB })
  assert.equal(eight.confidence, 'low')
  assert.match(limits(eight), /8 times as many.*Confidence is low: beyond 4 times.*at least 4 CPUs/s)
})

test('the spread of the CPU time per request widens the bounds of the capacity', () => {
  const { capacityPerS, limits: texts } = answerOf(
    { input: varyingBy({ halfWidthFraction: 0.1, over: 'seconds', count: 8 }) },
    {},
  )
  assert.deepEqual([capacityPerS.low, capacityPerS.high].map(Math.round), [Math.round(950 / 1.1), 1_045])
  assert.match(texts.join('\n'), /8 seconds of one boot; boots differ by more/)
})

test('memory that holds fewer workers than the CPUs could use binds', () => {
  // 0.85 × 1 024 − 60 = 810 MiB; 100 + 30 / 0.7 − 30 + 62 / 0.7 = 201 MiB for each: 4.
  const { workers, workersThatFit, binding } = answerOf({}, { cpus: 8, memoryBytes: GIB })
  assert.deepEqual([workers, workersThatFit, binding], [4, 4, 'memory'])
})

test('a machine whose memory does not hold one worker is refused, with both figures', () => {
  const refusal = whatIf(EVIDENCE, { ...SAME, memoryBytes: 200 * MIB })
  assert.ok(refusal.outcome === 'refused')
  assert.match(refusal.reason, /one worker needs 201 MiB beside the 60 MiB.*200 MiB/)
  assert.match(refusal.hint, /--target-memory/)
})

test('calls that block the loop ask for more workers, and the loops bind where memory ends them', () => {
  const blocking = inputWith({}, { cpuMsPerRequest: 1, busyLoopMsPerRequest: 5, throughputPerS: 377 })
  assert.equal(answerOf({ input: blocking }, { memoryBytes: 16 * GIB }).workers, 10)
})

test('pools that let fewer calls through than the CPUs could serve bind', () => {
  // 2 workers × 1 connection × 0.95 / (0.25 calls × 50 ms) = 152/s.
  const { binding, capacityPerS } = answerOf({ input: inputWith({ current: { UPSTREAM_POOL_MAX: 1 } }) }, {})
  assert.equal(binding, 'upstream')
  assert.equal(Math.round(capacityPerS.value), 152)
})

test('the upstreams and the database learn what all machines together will ask of them', () => {
  const input = inputWith({
    current: { UPSTREAM_POOL_MAX: 100, DATABASE_POOL_SIZE: 20, DATABASE_MAX_OVERFLOW: 10 },
    databaseConnectionLimit: 100,
  })
  // 2 400/s on machines of 760/s: 4 machines × 2 workers.
  const said = limits(answerOf({ input }, { ratePerS: 2_400 }))
  assert.match(said, /bear 600 calls\/s over 30 busy connections of at most 800/)
  assert.match(said, /grants 100 connections, and 8 workers × \(20 \+ 10\) may open 240/)
})

test('a share of the capacity that missed the latency objective is not planned with', () => {
  const { plan, limits: texts } = answerOf({ objective: { keptPerS: 475, missedPerS: 700 } }, { ratePerS: 1_000 })
  // 475 of 950; 1 000 / 475.
  assert.deepEqual([plan?.share, plan?.basis, plan?.machines?.value], [0.5, 'measured', 3])
  assert.match(texts.join('\n'), /missed at 74 %.*no more than the 50 % that kept it/)
})

test('an objective that was missed at every rate gives no number of machines', () => {
  const { plan, limits: texts } = answerOf({ objective: { keptPerS: null, missedPerS: 475 } }, { ratePerS: 1_000 })
  assert.equal(plan, null)
  assert.match(texts.join('\n'), /missed at every rate.*475\/s \(50 % of the capacity\)/)
})

test('an objective that was kept at a lower share than is planned is said to be unproven above it', () => {
  const { plan, limits: texts } = answerOf({ objective: { keptPerS: 475, missedPerS: null } }, {})
  assert.equal(plan?.share, 0.8)
  assert.match(texts.join('\n'), /kept at 50 % of the measured capacity; that it is at 80 % was not measured/)
})

test('growth that was fitted over CPUs takes the place of the rule', () => {
  const law = { throughputOfOnePerS: 500, contention: 0.05, coherency: 0.001 }
  const growth = fitScalability(
    [1, 2, 3, 4, 6].map((concurrency) => ({ concurrency, throughputPerS: throughputAt(law, concurrency) })),
  )
  const { efficiency } = answerOf({ growth }, { cpus: 4, memoryBytes: 8 * GIB })
  // (X(4) / 4) / (X(2) / 2) = (1 + 0.05 + 0.002) / (1 + 0.15 + 0.012)
  assert.equal(efficiency.basis, 'modelled')
  assert.equal(efficiency.value.toFixed(4), (1.052 / 1.162).toFixed(4))
})

test('without a look at the loops of workers that left CPUs idle there is no answer', () => {
  const input = inputWith({}, { busyLoopMsPerRequest: null, throughputPerS: 300 })
  const refusal = whatIf({ ...EVIDENCE, input }, SAME)
  assert.ok(refusal.outcome === 'refused')
  assert.match(refusal.reason, /whether they were blocked cannot be seen/)
  assert.equal(whatIf({ ...EVIDENCE, input: { ...EXAMPLE, saturated: null } }, SAME).outcome, 'refused')
})

test('more CPUs and more memory never need more machines, and bounds enclose what is expected', () => {
  const cpus = fc.double({ min: 0.5, max: 64, noNaN: true })
  const factor = fc.double({ min: 1, max: 4, noNaN: true })
  const ratePerS = fc.double({ min: 1, max: 100_000, noNaN: true })
  const memoryBytes = fc.integer({ min: GIB, max: 64 * GIB })
  fc.assert(
    fc.property(cpus, factor, memoryBytes, ratePerS, (few, more, memory, rate) => {
      const input = varyingBy({ halfWidthFraction: 0.05, over: 'boots', count: 5 })
      const small = answerOf({ input }, { cpus: few, memoryBytes: memory, ratePerS: rate })
      const large = answerOf({ input }, { cpus: few * more, memoryBytes: 4 * memory, ratePerS: rate })
      for (const range of [small.capacityPerS, small.plan?.ratePerS, small.plan?.machines])
        assert.ok(range !== undefined && range !== null && range.low <= range.value && range.value <= range.high)
      // The smallest number of workers within 3 % of the best is taken, so up to 3 % may be lost by a step.
      assert.ok(large.capacityPerS.value >= 0.97 * small.capacityPerS.value)
      assert.ok((small.plan?.machines?.value ?? 0) * (small.plan?.ratePerS.value ?? 0) >= rate * (1 - 1e-9))
    }),
    { numRuns: 300 },
  )
})
