import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { CircuitBreaker } from '../../src/resilience/circuit-breaker.ts'
import type { CallOutcome, Permit } from '../../src/resilience/circuit-breaker.ts'
import type { CircuitBreakerOptions } from '../../src/resilience/circuit-breaker-options.ts'
import type { FailureWindow } from '../../src/resilience/failure-detector.ts'
import { FakeClock } from '../support/fake-clock.ts'

const COMMANDS = ['reset', 'forceOpen', 'disable'] as const

type Step =
  | { readonly kind: 'call' }
  | { readonly kind: 'settle'; readonly pick: number; readonly outcome: CallOutcome }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: (typeof COMMANDS)[number] }

interface ModelCall {
  /** The time in a state that this call belongs to; each object stands for one. */
  readonly era: object
  readonly startedAt: number
  readonly permit: Permit
}

interface ModelResult {
  readonly at: number
  readonly isFailed: boolean
  readonly isSlow: boolean
}

/**
 * The rules of the breaker in the plainest words: eras are compared by identity, probes are kept as a list, and so are all
 * results since the circuit was last closed; what counts of them is looked for each time.
 */
class Model {
  state: 'closed' | 'open' | 'half-open' | 'disabled' = 'closed'
  era = {}
  closedAt: number
  results: ModelResult[] = []
  openUntil = 0
  failedRecoveries = 0
  probes: ModelCall[] = []
  probesSucceeded = 0
  probingSince = 0
  readonly options: CircuitBreakerOptions

  constructor(options: CircuitBreakerOptions, now: number) {
    this.options = options
    this.closedAt = now
  }

  passTime(now: number): void {
    const giveUpAt = this.probingSince + this.options.maxProbeWaitMs
    if (this.state === 'half-open' && this.probes.length > 0 && now >= giveUpAt) this.reopen(giveUpAt)
  }

  admits(now: number): boolean {
    this.passTime(now)
    if (this.state === 'open' && now >= this.openUntil) this.enter('half-open')
    if (this.state === 'half-open') return this.probes.length + this.probesSucceeded < this.options.halfOpenProbes
    return this.state !== 'open'
  }

  start(call: ModelCall, now: number): void {
    if (this.state !== 'half-open') return
    if (this.probes.length === 0) this.probingSince = now
    this.probes.push(call)
  }

  settle(call: ModelCall, outcome: CallOutcome, now: number): void {
    this.passTime(now)
    if (call.era !== this.era) return
    const { window } = this.options
    const isSlow = window !== undefined && now - call.startedAt >= window.slowCallMs
    if (this.state === 'half-open') {
      this.probes = this.probes.filter((probe) => probe !== call)
      if (outcome === 'ignored') return
      if (outcome === 'failure' || isSlow) this.reopen(now)
      else {
        this.probingSince = now
        if (++this.probesSucceeded === this.options.halfOpenProbes) this.close(now)
      }
    } else if (this.state === 'closed' && outcome !== 'ignored') {
      this.results.push({ at: now, isFailed: outcome === 'failure', isSlow })
      if (this.mustOpen(now)) this.open(now)
    }
  }

  mustOpen(now: number): boolean {
    const { window, failureThreshold } = this.options
    if (window === undefined) return this.failures(now) >= failureThreshold
    const counted = this.inWindow(window, now)
    const share = (results: readonly ModelResult[]): number => results.length / counted.length
    if (counted.length < window.minCalls) return false
    return (
      share(counted.filter(({ isFailed }) => isFailed)) >= window.failureFraction ||
      share(counted.filter((result) => result.isSlow)) >= window.slowFraction
    )
  }

  failures(now: number): number {
    const { window, intervalMs } = this.options
    if (window !== undefined) return this.inWindow(window, now).filter(({ isFailed }) => isFailed).length
    const interval = (at: number): number => (intervalMs === 0 ? 0 : Math.floor((at - this.closedAt) / intervalMs))
    const current = this.results.filter(({ at }) => interval(at) === interval(now))
    return current.length - 1 - current.findLastIndex(({ isFailed }) => !isFailed)
  }

  inWindow(window: FailureWindow, now: number): readonly ModelResult[] {
    if ('calls' in window) return this.results.slice(-window.calls)
    const slice = (at: number): number => Math.floor((10 * at) / window.timeMs)
    return this.results.filter(({ at }) => slice(at) > slice(now) - 10)
  }

  reopen(at: number): void {
    this.failedRecoveries++
    this.open(at)
  }

  open(at: number): void {
    let waitMs = this.options.recoveryMs
    for (let times = 0; times < this.failedRecoveries; times++)
      waitMs = Math.min(2 * waitMs, this.options.maxRecoveryMs)
    this.openUntil = at + Math.max(waitMs, this.options.recoveryMs)
    this.enter('open')
  }

  close(now: number): void {
    this.results = []
    this.closedAt = now
    this.failedRecoveries = 0
    this.enter('closed')
  }

  command(command: (typeof COMMANDS)[number], now: number): void {
    this.passTime(now)
    if (command === 'reset') this.close(now)
    else if (command === 'disable') this.enter('disabled')
    else {
      this.openUntil = Infinity
      this.enter('open')
    }
  }

  enter(state: Model['state']): void {
    this.state = state
    this.era = {}
    this.probes = []
    this.probesSucceeded = 0
  }
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 40, arbitrary: fc.constant({ kind: 'call' } as const) },
  {
    weight: 40,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      pick: fc.nat({ max: 20 }),
      outcome: fc.constantFrom<CallOutcome>('success', 'failure', 'failure', 'ignored'),
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 10, 49, 99, 100, 250) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom(...COMMANDS) }) },
)

const shares = fc.record({
  minCalls: fc.integer({ min: 1, max: 5 }),
  failureFraction: fc.constantFrom(0.25, 0.5, 1),
  slowFraction: fc.constantFrom(0.5, 1),
  slowCallMs: fc.constantFrom(50, 200),
})
const window: fc.Arbitrary<FailureWindow | undefined> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  fc.tuple(shares, fc.record({ calls: fc.integer({ min: 5, max: 12 }) })).map(([one, other]) => ({ ...one, ...other })),
  fc.tuple(shares, fc.record({ timeMs: fc.constantFrom(100, 500) })).map(([one, other]) => ({ ...one, ...other })),
)
const options: fc.Arbitrary<CircuitBreakerOptions> = fc.record({
  failureThreshold: fc.integer({ min: 1, max: 3 }),
  intervalMs: fc.constantFrom(0, 0, 150),
  window,
  recoveryMs: fc.constant(100),
  maxRecoveryMs: fc.constantFrom(0, 250, 1_000),
  halfOpenProbes: fc.integer({ min: 1, max: 3 }),
  maxProbeWaitMs: fc.constant(250),
})

test('CB17 the breaker agrees with its model on 10 000 random schedules, and accounts for every call once', () => {
  const visited = { closed: 0, open: 0, 'half-open': 0, disabled: 0 }
  fc.assert(
    fc.property(options, fc.array(step, { maxLength: 80, size: 'max' }), (chosen, steps) => {
      const clock = new FakeClock()
      const breaker = new CircuitBreaker(chosen, clock)
      const model = new Model(chosen, clock.now())
      const underWay: ModelCall[] = []
      let calls = 0
      for (const next of steps) {
        if (next.kind === 'wait') clock.advance(next.ms)
        else if (next.kind === 'call') {
          calls++
          const isAdmitted = model.admits(clock.now())
          const { permit } = breaker.tryAcquire()
          assert.equal(permit !== undefined, isAdmitted)
          if (permit !== undefined) {
            const call = { era: model.era, startedAt: clock.now(), permit }
            model.start(call, clock.now())
            underWay.push(call)
          }
        } else if (next.kind === 'settle') {
          const [call] = underWay.splice(next.pick % Math.max(1, underWay.length), 1)
          call?.permit.settle(next.outcome)
          if (call !== undefined) model.settle(call, next.outcome, clock.now())
        } else {
          breaker[next.kind]()
          model.command(next.kind, clock.now())
        }
        model.passTime(clock.now())
        const stats = breaker.stats()
        visited[stats.state]++
        assert.equal(stats.state, model.state)
        if (model.state === 'closed') assert.equal(stats.failures, model.failures(clock.now()))
        assert.ok(model.probes.length <= chosen.halfOpenProbes)
        assert.equal(stats.admitted + stats.refused, calls)
        assert.equal(stats.succeeded + stats.failed + stats.ignored + underWay.length, stats.admitted)
      }
    }),
    { numRuns: 10_000 },
  )
  for (const [state, times] of Object.entries(visited)) assert.ok(times > 1_000, `${state} was seen ${times} times`)
})
