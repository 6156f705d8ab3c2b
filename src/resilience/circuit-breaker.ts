import type { Clock, Milliseconds } from '../core/clock.ts'
import { ConsecutiveFailures } from './failure-detector.ts'
import type { FailureDetector } from './failure-detector.ts'
import { checkOptions } from './option-rules.ts'
import { retryAfterSeconds } from './retry-after-seconds.ts'

/** What a user may set; everything has a default. */
export interface CircuitBreakerOptionsInput {
  /** Failures in a row that open the circuit; whole, at least 1. */
  readonly failureThreshold?: number
  /** How long the circuit stays open before a probe is let through; at least 1. */
  readonly recoveryMs?: Milliseconds
  /** Probes let through half-open, all of which must succeed to close the circuit; whole, at least 1. */
  readonly halfOpenProbes?: number
  /** How long probes may be under way without a decision before the circuit opens again; at least 1. */
  readonly maxProbeWaitMs?: Milliseconds
}

/** Widely used: late enough to survive a single bad instance, early enough to matter. */
export const DEFAULT_FAILURE_THRESHOLD = 5
/** Time for a crashed upstream to restart. */
export const DEFAULT_RECOVERY_MS = 30_000
/** One: a recovering upstream gets no herd. */
export const DEFAULT_HALF_OPEN_PROBES = 1
/** Longer than the 120 s an upstream call may take, so that normally the probe's own timeout decides. */
export const DEFAULT_MAX_PROBE_WAIT_MS = 130_000

/** How an admitted call ended; `ignored` (cancelled, or refused by our own side) says nothing about the upstream. */
export type CallOutcome = 'success' | 'failure' | 'ignored'

/** The right to make one call. Settle it exactly once, also when the call is cancelled; settling again does nothing. */
export interface Permit {
  readonly settle: (outcome: CallOutcome) => void
}

/** Either a permit, or why not, and the whole seconds (1 to 3 600) after which to try again. */
export type Acquisition =
  | { readonly permit: Permit; readonly refused?: undefined }
  | { readonly permit?: undefined; readonly refused: 'open' | 'probing'; readonly retryAfterS: number }

/** Where the circuit stands; half-open counts its probes under way and the ones that succeeded. */
export type CircuitState =
  | { readonly name: 'closed' }
  | { readonly name: 'open'; readonly openedAtMs: Milliseconds }
  | {
      readonly name: 'half-open'
      readonly probesUnderWay: number
      readonly probesSucceeded: number
      /** Since when there has been a probe under way. */
      readonly probingSinceMs: Milliseconds
    }

/** A snapshot; the counts only ever grow. admitted = succeeded + failed + ignored + calls under way. */
export interface CircuitBreakerStats {
  readonly state: CircuitState['name']
  /** Failures that count towards opening at the moment. */
  readonly failures: number
  readonly admitted: number
  readonly succeeded: number
  readonly failed: number
  readonly ignored: number
  readonly refused: number
  /** Results that came after the state in which their call was admitted; they changed nothing. */
  readonly stale: number
  /** Times the circuit opened. */
  readonly trips: number
}

/**
 * A circuit breaker without timers: open turns to half-open when somebody calls after the recovery time.
 *
 * Each permit belongs to the state in which it was given, so the late result of an old call can neither close nor
 * open the circuit nor free a probe's place.
 */
export class CircuitBreaker {
  readonly #recoveryMs: Milliseconds
  readonly #halfOpenProbes: number
  readonly #maxProbeWaitMs: Milliseconds
  readonly #clock: Clock
  readonly #detector: FailureDetector
  #state: CircuitState = CLOSED
  /** Grows with each change from one state to another. */
  #generation = 0
  #admitted = 0
  #succeeded = 0
  #failed = 0
  #ignored = 0
  #refused = 0
  #stale = 0
  #trips = 0

  /** @throws {RangeError} naming every option out of range */
  constructor(options: CircuitBreakerOptionsInput, clock: Clock) {
    const {
      failureThreshold = DEFAULT_FAILURE_THRESHOLD,
      recoveryMs = DEFAULT_RECOVERY_MS,
      halfOpenProbes = DEFAULT_HALF_OPEN_PROBES,
      maxProbeWaitMs = DEFAULT_MAX_PROBE_WAIT_MS,
    } = options
    checkOptions('CircuitBreaker', [
      { name: 'failureThreshold', value: failureThreshold, min: 1, isWhole: true },
      { name: 'recoveryMs', value: recoveryMs, min: 1 },
      { name: 'halfOpenProbes', value: halfOpenProbes, min: 1, isWhole: true },
      { name: 'maxProbeWaitMs', value: maxProbeWaitMs, min: 1 },
    ])
    this.#recoveryMs = recoveryMs
    this.#halfOpenProbes = halfOpenProbes
    this.#maxProbeWaitMs = maxProbeWaitMs
    this.#clock = clock
    this.#detector = new ConsecutiveFailures(failureThreshold)
  }

  /** Asks for one call; never waits. */
  tryAcquire(): Acquisition {
    const retryAfterS = this.retryAfterS()
    if (retryAfterS > 0) {
      this.#refused++
      return { refused: this.#state.name === 'open' ? 'open' : 'probing', retryAfterS }
    }
    if (this.#state.name === 'open') {
      this.#enter({ name: 'half-open', probesUnderWay: 0, probesSucceeded: 0, probingSinceMs: this.#clock.now() })
    }
    if (this.#state.name === 'half-open') {
      const { probesUnderWay, probingSinceMs } = this.#state
      this.#state = {
        ...this.#state,
        probesUnderWay: probesUnderWay + 1,
        probingSinceMs: probesUnderWay === 0 ? this.#clock.now() : probingSinceMs,
      }
    }
    this.#admitted++
    return { permit: new GenerationPermit(this.#generation, this.#onSettled) }
  }

  /** 0 when a call would be admitted now; otherwise the whole seconds (1 to 3 600) after which one may be. */
  retryAfterS(): number {
    this.#giveUpOnProbes()
    if (this.#state.name === 'closed') return 0
    if (this.#state.name === 'open') {
      const leftMs = this.#state.openedAtMs + this.#recoveryMs - this.#clock.now()
      return leftMs > 0 ? retryAfterSeconds(leftMs) : 0
    }
    const { probesUnderWay, probesSucceeded } = this.#state
    return probesUnderWay + probesSucceeded < this.#halfOpenProbes ? 0 : retryAfterSeconds(0)
  }

  stats(): CircuitBreakerStats {
    this.#giveUpOnProbes()
    return {
      state: this.#state.name,
      failures: this.#detector.failures(),
      admitted: this.#admitted,
      succeeded: this.#succeeded,
      failed: this.#failed,
      ignored: this.#ignored,
      refused: this.#refused,
      stale: this.#stale,
      trips: this.#trips,
    }
  }

  readonly #onSettled = (generation: number, outcome: CallOutcome): void => {
    if (outcome === 'success') this.#succeeded++
    else if (outcome === 'failure') this.#failed++
    else this.#ignored++
    this.#giveUpOnProbes()
    if (generation !== this.#generation) this.#stale++
    else if (this.#state.name === 'half-open') this.#settleProbe(this.#state, outcome)
    else if (outcome !== 'ignored' && this.#detector.record(outcome)) this.#open(this.#clock.now())
  }

  #settleProbe(state: CircuitState & { readonly name: 'half-open' }, outcome: CallOutcome): void {
    if (outcome === 'failure') return this.#open(this.#clock.now())
    const probesSucceeded = state.probesSucceeded + (outcome === 'success' ? 1 : 0)
    if (probesSucceeded < this.#halfOpenProbes) {
      this.#state = { ...state, probesUnderWay: state.probesUnderWay - 1, probesSucceeded }
      return
    }
    this.#detector.reset()
    this.#enter(CLOSED)
  }

  /** Probes that never settle must not block the circuit for ever; it counts as open since their time was up. */
  #giveUpOnProbes(): void {
    if (this.#state.name !== 'half-open' || this.#state.probesUnderWay === 0) return
    const giveUpAtMs = this.#state.probingSinceMs + this.#maxProbeWaitMs
    if (this.#clock.now() >= giveUpAtMs) this.#open(giveUpAtMs)
  }

  #open(openedAtMs: Milliseconds): void {
    this.#trips++
    this.#enter({ name: 'open', openedAtMs })
  }

  #enter(state: CircuitState): void {
    this.#state = state
    this.#generation++
  }
}

const CLOSED: CircuitState = { name: 'closed' }

class GenerationPermit implements Permit {
  readonly #generation: number
  #onSettled: ((generation: number, outcome: CallOutcome) => void) | undefined

  constructor(generation: number, onSettled: (generation: number, outcome: CallOutcome) => void) {
    this.#generation = generation
    this.#onSettled = onSettled
  }

  settle(outcome: CallOutcome): void {
    const onSettled = this.#onSettled
    this.#onSettled = undefined
    onSettled?.(this.#generation, outcome)
  }
}
