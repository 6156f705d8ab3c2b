import { boolean, integer, seconds } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** The circuit breaker of each upstream. */
export const BREAKER_SETTINGS: readonly SettingDefinition[] = [
  boolean('CB_ENABLED', true, 'a circuit breaker guards each upstream'),
  {
    name: 'CB_MODE',
    kind: 'choice',
    default: 'consecutive',
    choices: ['consecutive', 'window'],
    reload: 'live',
    summary: 'what opens a circuit: failures in a row, or the share of failed or slow calls in a window',
  },
  integer('CB_FAILURE_THRESHOLD', [5, 1, 1_000], 'failures in a row that open the circuit'),
  seconds('CB_INTERVAL', [0, 0, 3_600], 'failures in a row are counted anew so often; 0: never'),
  seconds('CB_RECOVERY_TIMEOUT', [30, 1, 3_600], 'time an open circuit waits before it probes', ['CB_TIMEOUT']),
  seconds(
    'CB_RECOVERY_MAX',
    [0, 0, 3_600],
    'each time that probes fail the wait doubles, up to this; 0: it stays the same',
  ),
  integer('CB_HALF_OPEN_MAX', [1, 1, 1_000], 'probes that must succeed to close the circuit', ['CB_MAX_REQUESTS']),
  seconds(
    'CB_HALF_OPEN_MAX_WAIT',
    [130, 1, 3_600],
    'the circuit opens again when probes are under way and none has succeeded for so long',
  ),
  integer('CB_WINDOW_CALLS', [100, 1, 100_000], 'calls in the window'),
  seconds('CB_WINDOW_TIME', [0, 0, 3_600], 'the window holds the calls of this time; 0: the last CB_WINDOW_CALLS'),
  integer('CB_MIN_CALLS', [20, 1, 100_000], 'fewer calls in the window do not open the circuit'),
  integer('CB_FAILURE_RATE', [50, 1, 100], 'percent of the calls in the window that may not fail'),
  integer('CB_SLOW_CALL_RATE', [100, 1, 100], 'percent of the calls in the window that may not be slow'),
  seconds('CB_SLOW_CALL_TIME', [60, 0.001, 600], 'a call in the window that takes so long is slow'),
]
