import type { Clock, Milliseconds } from '../core/clock.ts'
import { circuitBreakerOptions, failureDetector } from './circuit-breaker-options.ts'
import type { CircuitBreakerOptions, CircuitBreakerOptionsInput } from './circuit-breaker-options.ts'
import type { EndedCall, FailureDetector } from './failure-detector.ts'
import { retryAfterSeconds } from './retry-after-seconds.ts'

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
  /** Everything is let through, and nothing opens the circuit. */
  | { readonly name: 'disabled' }
  /** Refuses until a probe may be made; Infinity: until somebody resets it. */
  | { readonly name: 'open'; readonly probeFromMs: Milliseconds }
  | {
      readonly name: 'half-open'
      readonly probesUnderWay: number
      readonly probesSucceeded: number
      /** Since when a probe has been under way without any that succeeded. */
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
  readonly #options: CircuitBreakerOptions
  readonly #clock: Clock
  readonly #detector: FailureDetector
  #state: CircuitState = CLOSED
  /** Grows with each change from one state to another. */
  #generation = 0
  /** How often probes have failed since the circuit was last closed. */
  #failedRecoveries = 0
  #admitted = 0
  #succeeded = 0
  #failed = 0
  #ignored = 0
  #refused = 0
  #stale = 0
  #trips = 0

  /** @throws {RangeError} naming every option out of range */
  constructor(options: CircuitBreakerOptionsInput, clock: Clock) {
    this.#options = circuitBreakerOptions(options)
    this.#clock = clock
    this.#detector = failureDetector(this.#options, clock.now())
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
    return { permit: new GenerationPermit(this.#generation, this.#clock.now(), this.#onSettled) }
  }

  /** 0 when a call would be admitted now; otherwise the whole seconds (1 to 3 600) after which one may be. */
  retryAfterS(): number {
    this.#giveUpOnProbes()
    switch (this.#state.name) {
      case 'closed':
      case 'disabled':
        return 0
      case 'open': {
        const leftMs = this.#state.probeFromMs - this.#clock.now()
        return leftMs > 0 ? retryAfterSeconds(leftMs) : 0
      }
      case 'half-open': {
        const { probesUnderWay, probesSucceeded } = this.#state
        return probesUnderWay + probesSucceeded < this.#options.halfOpenProbes ? 0 : retryAfterSeconds(0)
      }
    }
  }

  /** Closes the circuit and starts all counting again; calls under way decide nothing any more. */
  reset(): void {
    this.#close()
  }

  /** Refuses every call until `reset` or `disable`. */
  forceOpen(): void {
    this.#trips++
    this.#enter({ name: 'open', probeFromMs: Number.POSITIVE_INFINITY })
  }

  /** Lets every call through until `reset` or `forceOpen`. */
  disable(): void {
    this.#enter({ name: 'disabled' })
  }

  stats(): CircuitBreakerStats {
    this.#giveUpOnProbes()
    return {
      state: this.#state.name,
      failures: this.#detector.failures(this.#clock.now()),
      admitted: this.#admitted,
      succeeded: this.#succeeded,
      failed: this.#failed,
      ignored: this.#ignored,
      refused: this.#refused,
      stale: this.#stale,
      trips: this.#trips,
    }
  }

  readonly #onSettled = (generation: number, outcome: CallOutcome, admittedAtMs: Milliseconds): void => {
    if (outcome === 'success') this.#succeeded++
    else if (outcome === 'failure') this.#failed++
    else this.#ignored++
    this.#giveUpOnProbes()
    if (generation !== this.#generation) {
      this.#stale++
      return
    }
    const nowMs = this.#clock.now()
    const call = outcome === 'ignored' ? undefined : { outcome, durationMs: nowMs - admittedAtMs }
    if (this.#state.name === 'half-open') this.#settleProbe(this.#state, call)
    else if (this.#state.name === 'closed' && call !== undefined && this.#detector.record(call, nowMs))
      this.#open(nowMs)
  }

  #settleProbe(state: CircuitState & { readonly name: 'half-open' }, call: EndedCall | undefined): void {
    if (call !== undefined && this.#detector.isBad(call)) return this.#openAgain(this.#clock.now())
    const probesSucceeded = state.probesSucceeded + (call === undefined ? 0 : 1)
    if (probesSucceeded === this.#options.halfOpenProbes) return this.#close()
    this.#state = {
      ...state,
      probesUnderWay: state.probesUnderWay - 1,
      probesSucceeded,
      probingSinceMs: call === undefined ? state.probingSinceMs : this.#clock.now(),
    }
  }

  /** Probes that never settle must not block the circuit for ever; it counts as open since their time was up. */
  #giveUpOnProbes(): void {
    if (this.#state.name !== 'half-open' || this.#state.probesUnderWay === 0) return
    const giveUpAtMs = this.#state.probingSinceMs + this.#options.maxProbeWaitMs
    if (this.#clock.now() >= giveUpAtMs) this.#openAgain(giveUpAtMs)
  }

  #openAgain(openedAtMs: Milliseconds): void {
    this.#failedRecoveries++
    this.#open(openedAtMs)
  }

  #open(openedAtMs: Milliseconds): void {
    const { recoveryMs, maxRecoveryMs } = this.#options
    const waitMs = Math.max(recoveryMs, Math.min(maxRecoveryMs, recoveryMs * 2 ** this.#failedRecoveries))
    this.#trips++
    this.#enter({ name: 'open', probeFromMs: openedAtMs + waitMs })
  }

  #close(): void {
    this.#failedRecoveries = 0
    this.#detector.reset(this.#clock.now())
    this.#enter(CLOSED)
  }

  #enter(state: CircuitState): void {
    this.#state = state
    this.#generation++
  }
}

const CLOSED: CircuitState = { name: 'closed' }

type OnSettled = (generation: number, outcome: CallOutcome, admittedAtMs: Milliseconds) => void

class GenerationPermit implements Permit {
  readonly #generation: number
  readonly #admittedAtMs: Milliseconds
  #onSettled: OnSettled | undefined

  constructor(generation: number, admittedAtMs: Milliseconds, onSettled: OnSettled) {
    this.#generation = generation
    this.#admittedAtMs = admittedAtMs
    this.#onSettled = onSettled
  }

  settle(outcome: CallOutcome): void {
    const onSettled = this.#onSettled
    this.#onSettled = undefined
    onSettled?.(this.#generation, outcome, this.#admittedAtMs)
  }
}
