import { boolean, integer, milliseconds, seconds } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** The admission queue of each worker, and when a worker takes no more requests at all. */
export const QUEUE_SETTINGS: readonly SettingDefinition[] = [
  boolean('QUEUE_ENABLED', false, 'requests wait for admission'),
  integer('QUEUE_SIZE', [1_000, 0, 1_000_000], 'requests that may wait; more are answered with 503'),
  integer(
    'QUEUE_CONCURRENCY',
    ['auto', 1, 100_000],
    'requests that run at the same time; auto is UPSTREAM_POOL_MAX, beyond which they would wait there',
  ),
  boolean('QUEUE_ADAPTIVE', false, 'fewer run while they slow each other down; QUEUE_CONCURRENCY is the most then'),
  seconds('QUEUE_TIMEOUT', [5, 1, 300], 'longest wait for admission; then 503'),
  milliseconds(
    'QUEUE_NEWEST_FIRST_AFTER',
    [500, 10, 300_000],
    'while somebody has waited for so long the newest goes first; from QUEUE_TIMEOUT on never',
  ),
  {
    name: 'QUEUE_STATE_PATH',
    kind: 'text',
    default: '',
    pattern: /^[^\0]*$/,
    form: 'the path of a file',
    reload: 'restart',
    summary: 'file that keeps the size and the counts of the queue over restarts; empty: none',
  },
  { ...seconds('QUEUE_SAVE_INTERVAL', [30, 1, 3_600], 'time between two saves of that file'), reload: 'restart' },
  integer(
    'PRESSURE_MAX_LOOP',
    [0, 0, 100],
    'percent of a second in which the event loop is busy, from which on requests are answered with 503; 0 never',
  ),
  integer(
    'PRESSURE_MAX_MEMORY',
    [0, 0, 100],
    "percent of the heap limit, or of the worker's share of the memory, from which on requests are answered with 503, but for one a second; 0 never",
  ),
]
