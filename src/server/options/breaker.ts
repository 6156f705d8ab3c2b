import type { Milliseconds } from '../../core/clock.ts'
import type { SettingReader } from '../setting-reader.ts'

/** The circuit breaker of each upstream. */
export interface BreakerOptions {
  readonly failureThreshold: number
  readonly recoveryMs: Milliseconds
  readonly halfOpenProbes: number
}

/** @returns null when upstreams have no breakers */
export function breakerOptions(read: SettingReader): BreakerOptions | null {
  if (!read.isOn('CB_ENABLED')) return null
  return {
    failureThreshold: read.number('CB_FAILURE_THRESHOLD'),
    recoveryMs: read.ms('CB_RECOVERY_TIMEOUT'),
    halfOpenProbes: read.number('CB_HALF_OPEN_MAX'),
  }
}
