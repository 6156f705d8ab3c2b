import type { Milliseconds } from '../core/clock.ts'
import { ConsecutiveFailures, FailureRates } from './failure-detector.ts'
import type { FailureDetector, FailureWindow } from './failure-detector.ts'
import { checkOptions } from './option-rules.ts'
import type { OptionRule } from './option-rules.ts'

/** What a user may set; everything has a default. Plain data. */
export interface CircuitBreakerOptionsInput {
  /** Failures in a row that open the circuit; whole, at least 1. Without meaning when there is a `window`. */
  readonly failureThreshold?: number
  /** The failures in a row are counted anew after each such time; 0: never. */
  readonly intervalMs?: Milliseconds
  /** Judges the circuit by shares of the latest calls, instead of by failures in a row. */
  readonly window?: FailureWindow | undefined
  /** How long the circuit stays open before a probe is let through; at least 1. */
  readonly recoveryMs?: Milliseconds
  /** Each time that probes fail the next wait is twice as long, up to this; up to `recoveryMs` it stays the same. */
  readonly maxRecoveryMs?: Milliseconds
  /** Probes let through half-open, all of which must succeed to close the circuit; whole, at least 1. */
  readonly halfOpenProbes?: number
  /** How long probes may be under way, counted anew from each that succeeds, before the circuit opens again; at least 1. */
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

/** The same, complete. */
export type CircuitBreakerOptions = Required<CircuitBreakerOptionsInput>

/** @throws {RangeError} naming every option out of range */
export function circuitBreakerOptions(input: CircuitBreakerOptionsInput): CircuitBreakerOptions {
  const options = {
    failureThreshold: DEFAULT_FAILURE_THRESHOLD,
    intervalMs: 0,
    window: undefined,
    recoveryMs: DEFAULT_RECOVERY_MS,
    maxRecoveryMs: 0,
    halfOpenProbes: DEFAULT_HALF_OPEN_PROBES,
    maxProbeWaitMs: DEFAULT_MAX_PROBE_WAIT_MS,
    ...input,
  }
  checkOptions('CircuitBreaker', [
    { name: 'failureThreshold', value: options.failureThreshold, min: 1, isWhole: true },
    { name: 'intervalMs', value: options.intervalMs, min: 0 },
    ...(options.window === undefined ? [] : windowRules(options.window)),
    { name: 'recoveryMs', value: options.recoveryMs, min: 1 },
    { name: 'maxRecoveryMs', value: options.maxRecoveryMs, min: 0 },
    { name: 'halfOpenProbes', value: options.halfOpenProbes, min: 1, isWhole: true },
    { name: 'maxProbeWaitMs', value: options.maxProbeWaitMs, min: 1 },
  ])
  return options
}

/** What decides, while the circuit is closed, when it opens. */
export function failureDetector(options: CircuitBreakerOptions, nowMs: Milliseconds): FailureDetector {
  const { failureThreshold, intervalMs, window } = options
  if (window !== undefined) return new FailureRates(window)
  return new ConsecutiveFailures(failureThreshold, intervalMs === 0 ? Number.POSITIVE_INFINITY : intervalMs, nowMs)
}

/** A fraction of 0 would open the circuit without any failure. */
const MIN_FRACTION = 1e-6

function windowRules(window: FailureWindow): readonly OptionRule[] {
  return [
    'calls' in window
      ? { name: 'window.calls', value: window.calls, min: 1, max: 1_000_000, isWhole: true }
      : { name: 'window.timeMs', value: window.timeMs, min: 1 },
    { name: 'window.minCalls', value: window.minCalls, min: 1, isWhole: true },
    { name: 'window.failureFraction', value: window.failureFraction, min: MIN_FRACTION, max: 1 },
    { name: 'window.slowFraction', value: window.slowFraction, min: MIN_FRACTION, max: 1 },
    { name: 'window.slowCallMs', value: window.slowCallMs, min: 1 },
  ]
}
