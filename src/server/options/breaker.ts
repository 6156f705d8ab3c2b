import type { CircuitBreakerOptionsInput } from '../../resilience/circuit-breaker-options.ts'
import type { FailureWindow } from '../../resilience/failure-detector.ts'
import type { SettingReader } from '../setting-reader.ts'

/** The circuit breaker of each upstream. */
export type BreakerOptions = CircuitBreakerOptionsInput

/** @returns null when upstreams have no breakers */
export function breakerOptions(read: SettingReader): BreakerOptions | null {
  if (!read.isOn('CB_ENABLED')) return null
  return {
    failureThreshold: read.number('CB_FAILURE_THRESHOLD'),
    intervalMs: read.ms('CB_INTERVAL'),
    ...(read.text('CB_MODE') === 'window' && { window: windowOf(read) }),
    recoveryMs: read.ms('CB_RECOVERY_TIMEOUT'),
    maxRecoveryMs: read.ms('CB_RECOVERY_MAX'),
    halfOpenProbes: read.number('CB_HALF_OPEN_MAX'),
    maxProbeWaitMs: read.ms('CB_HALF_OPEN_MAX_WAIT'),
  }
}

function windowOf(read: SettingReader): FailureWindow {
  const timeMs = read.ms('CB_WINDOW_TIME')
  return {
    ...(timeMs === 0 ? { calls: read.number('CB_WINDOW_CALLS') } : { timeMs }),
    minCalls: read.number('CB_MIN_CALLS'),
    failureFraction: read.number('CB_FAILURE_RATE') / 100,
    slowFraction: read.number('CB_SLOW_CALL_RATE') / 100,
    slowCallMs: read.ms('CB_SLOW_CALL_TIME'),
  }
}
