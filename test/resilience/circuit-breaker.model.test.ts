import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { CircuitBreaker } from '../../src/resilience/circuit-breaker.ts'
import type { CallOutcome, Permit } from '../../src/resilience/circuit-breaker.ts'
import { FakeClock } from '../support/fake-clock.ts'

const RECOVERY_MS = 100
const MAX_PROBE_WAIT_MS = 250

type Step =
  | { readonly kind: 'call' }
  | { readonly kind: 'settle'; readonly pick: number; readonly outcome: CallOutcome }
  | { readonly kind: 'wait'; readonly ms: number }

interface ModelCall {
  /** The time in a state that this call belongs to; each object stands for one. */
  readonly era: object
  readonly permit: Permit
}

/** The rules of the breaker in the plainest words: eras are compared by identity, probes are kept as a list. */
class Model {
  state: 'closed' | 'open' | 'half-open' = 'closed'
  era = {}
  failuresInARow = 0
  openedAt = 0
  probes: ModelCall[] = []
  probesSucceeded = 0
  probingSince = 0
  readonly threshold: number
  readonly halfOpenProbes: number

  constructor(threshold: number, halfOpenProbes: number) {
    this.threshold = threshold
    this.halfOpenProbes = halfOpenProbes
  }

  passTime(now: number): void {
    const giveUpAt = this.probingSince + MAX_PROBE_WAIT_MS
    if (this.state === 'half-open' && this.probes.length > 0 && now >= giveUpAt) this.enter('open', giveUpAt)
  }

  admits(now: number): boolean {
    this.passTime(now)
    if (this.state === 'open' && now >= this.openedAt + RECOVERY_MS) this.enter('half-open', now)
    if (this.state === 'open') return false
    return this.state === 'closed' || this.probes.length + this.probesSucceeded < this.halfOpenProbes
  }

  start(call: ModelCall, now: number): void {
    if (this.state !== 'half-open') return
    if (this.probes.length === 0) this.probingSince = now
    this.probes.push(call)
  }

  settle(call: ModelCall, outcome: CallOutcome, now: number): void {
    this.passTime(now)
    if (call.era !== this.era) return
    if (this.state === 'half-open') {
      this.probes = this.probes.filter((probe) => probe !== call)
      if (outcome === 'failure') this.enter('open', now)
      if (outcome === 'success' && ++this.probesSucceeded === this.halfOpenProbes) this.enter('closed', now)
    } else if (outcome === 'success') {
      this.failuresInARow = 0
    } else if (outcome === 'failure' && ++this.failuresInARow === this.threshold) {
      this.enter('open', now)
    }
  }

  enter(state: Model['state'], at: number): void {
    this.state = state
    this.era = {}
    this.openedAt = at
    this.probes = []
    this.probesSucceeded = 0
    if (state === 'closed') this.failuresInARow = 0
  }
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'call' } as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      pick: fc.nat({ max: 20 }),
      outcome: fc.constantFrom<CallOutcome>('success', 'failure', 'failure', 'ignored'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 49, 99, 100, 250) }) },
)

test('CB17 the breaker agrees with its model on 10 000 random schedules, and accounts for every call once', () => {
  const visited = { closed: 0, open: 0, 'half-open': 0 }
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.array(step, { maxLength: 60, size: 'max' }),
      (failureThreshold, halfOpenProbes, steps) => {
        const clock = new FakeClock()
        const breaker = new CircuitBreaker(
          { failureThreshold, halfOpenProbes, recoveryMs: RECOVERY_MS, maxProbeWaitMs: MAX_PROBE_WAIT_MS },
          clock,
        )
        const model = new Model(failureThreshold, halfOpenProbes)
        const underWay: ModelCall[] = []
        let calls = 0
        for (const next of steps) {
          if (next.kind === 'wait') clock.advance(next.ms)
          else if (next.kind === 'call') {
            calls++
            const isAdmitted = model.admits(clock.now())
            const { permit } = breaker.tryAcquire()
            assert.equal(permit !== undefined, isAdmitted)
            if (permit === undefined) continue
            const call = { era: model.era, permit }
            model.start(call, clock.now())
            underWay.push(call)
          } else if (underWay.length > 0) {
            const [call] = underWay.splice(next.pick % underWay.length, 1)
            call?.permit.settle(next.outcome)
            if (call !== undefined) model.settle(call, next.outcome, clock.now())
          }
          model.passTime(clock.now())
          const stats = breaker.stats()
          visited[stats.state]++
          assert.equal(stats.state, model.state)
          assert.equal(stats.failures, model.failuresInARow)
          assert.ok(model.probes.length <= halfOpenProbes)
          assert.equal(stats.admitted + stats.refused, calls)
          assert.equal(stats.succeeded + stats.failed + stats.ignored + underWay.length, stats.admitted)
        }
      },
    ),
    { numRuns: 10_000 },
  )
  for (const [state, times] of Object.entries(visited)) assert.ok(times > 1_000, `${state} was seen ${times} times`)
})
