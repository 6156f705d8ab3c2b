import { integer, seconds } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** Threads for CPU work. */
export const CPU_THREAD_SETTINGS: readonly SettingDefinition[] = [
  integer('CPU_THREADS', [0, 0, 64], 'threads that search for POST /search; 0 searches on the event loop', [
    'GUNICORN_THREADS',
  ]),
  integer('CPU_QUEUE_SIZE', [256, 0, 100_000], 'searches that may wait for a CPU thread; more are answered with 503'),
  seconds(
    'CPU_TASK_TIMEOUT',
    [10, 1, 300],
    'time for one search in a CPU thread; then 504, and the thread is replaced',
  ),
]
