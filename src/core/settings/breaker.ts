import { boolean, integer, seconds } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** The circuit breaker of each upstream. */
export const BREAKER_SETTINGS: readonly SettingDefinition[] = [
  boolean('CB_ENABLED', true, 'a circuit breaker guards each upstream'),
  integer('CB_FAILURE_THRESHOLD', [5, 1, 1_000], 'failures in a row that open the circuit'),
  seconds('CB_RECOVERY_TIMEOUT', [30, 1, 3_600], 'time an open circuit waits before it probes'),
  integer('CB_HALF_OPEN_MAX', [1, 1, 1_000], 'probes that must succeed to close the circuit'),
]
