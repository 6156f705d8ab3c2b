import type { Milliseconds } from '../core/clock.ts'
import { CountWindow, TimeWindow } from './rolling-window.ts'
import type { RollingWindow } from './rolling-window.ts'

/** One call that has ended, as far as it says something about the upstream. */
export interface EndedCall {
  readonly outcome: 'success' | 'failure'
  /** From its admission to its end. */
  readonly durationMs: Milliseconds
}

/** Decides from the outcomes of calls, while the circuit is closed, when it must open. */
export interface FailureDetector {
  /** Takes one call in; true when the circuit must open now. */
  readonly record: (call: EndedCall, nowMs: Milliseconds) => boolean
  /** Whether a probe that ended like this speaks against the upstream. */
  readonly isBad: (call: EndedCall) => boolean
  /** Forgets everything, when the circuit closes again. */
  readonly reset: (nowMs: Milliseconds) => void
  /** The failures that count at the moment. */
  readonly failures: (nowMs: Milliseconds) => number
}

/** Trips after so many failures in a row; any success starts the count again, and so does each new interval. */
export class ConsecutiveFailures implements FailureDetector {
  readonly #threshold: number
  readonly #intervalMs: Milliseconds
  #failures = 0
  #intervalStartMs: Milliseconds

  /**
   * @param threshold whole, at least 1
   * @param intervalMs above 0; counted from `nowMs`, and from each reset. Infinity: failures never get too old
   */
  constructor(threshold: number, intervalMs: Milliseconds = Number.POSITIVE_INFINITY, nowMs: Milliseconds = 0) {
    this.#threshold = threshold
    this.#intervalMs = intervalMs
    this.#intervalStartMs = nowMs
  }

  record({ outcome }: EndedCall, nowMs: Milliseconds): boolean {
    this.#beginInterval(nowMs)
    this.#failures = outcome === 'failure' ? this.#failures + 1 : 0
    return this.#failures >= this.#threshold
  }

  isBad({ outcome }: EndedCall): boolean {
    return outcome === 'failure'
  }

  reset(nowMs: Milliseconds): void {
    this.#failures = 0
    this.#intervalStartMs = nowMs
  }

  failures(nowMs: Milliseconds): number {
    this.#beginInterval(nowMs)
    return this.#failures
  }

  #beginInterval(nowMs: Milliseconds): void {
    const passed = Math.floor((nowMs - this.#intervalStartMs) / this.#intervalMs)
    if (passed < 1) return
    this.#failures = 0
    this.#intervalStartMs += passed * this.#intervalMs
  }
}

/** When a share of the latest calls is too much; the calls are the last `calls`, or those of the last `timeMs`. */
export type FailureWindow = ({ readonly calls: number } | { readonly timeMs: Milliseconds }) & {
  /** Fewer calls in the window decide nothing; whole, at least 1. */
  readonly minCalls: number
  /** Failed calls open the circuit from this share on; above 0, up to 1. */
  readonly failureFraction: number
  /** So do slow calls; above 0, up to 1. */
  readonly slowFraction: number
  /** A call that takes so long, or longer, is slow. */
  readonly slowCallMs: Milliseconds
}

/** Absorbs the rounding of a share such as 0.07, so that 7 of 100 calls are 7 %. */
const ROUNDING_CALLS = 1e-9

/** Trips when too large a share of the calls in a window has failed, or was slow. */
export class FailureRates implements FailureDetector {
  readonly #limits: FailureWindow
  readonly #minCalls: number
  readonly #window: RollingWindow

  constructor(limits: FailureWindow) {
    this.#limits = limits
    // A window that can never hold enough calls would never open the circuit.
    this.#minCalls = 'calls' in limits ? Math.min(limits.minCalls, limits.calls) : limits.minCalls
    this.#window = 'calls' in limits ? new CountWindow(limits.calls) : new TimeWindow(limits.timeMs)
  }

  record(call: EndedCall, nowMs: Milliseconds): boolean {
    this.#window.add(call.outcome === 'failure', this.#isSlow(call), nowMs)
    const { calls, failed, slow } = this.#window.counts(nowMs)
    const { failureFraction, slowFraction } = this.#limits
    if (calls < this.#minCalls) return false
    return failed >= failureFraction * calls - ROUNDING_CALLS || slow >= slowFraction * calls - ROUNDING_CALLS
  }

  /** Slow probes are bad too: a circuit that opened because of them would close and open for ever. */
  isBad(call: EndedCall): boolean {
    return call.outcome === 'failure' || this.#isSlow(call)
  }

  reset(): void {
    this.#window.clear()
  }

  failures(nowMs: Milliseconds): number {
    return this.#window.counts(nowMs).failed
  }

  #isSlow({ durationMs }: EndedCall): boolean {
    return durationMs >= this.#limits.slowCallMs
  }
}
