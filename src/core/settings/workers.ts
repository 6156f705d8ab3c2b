import { MEBIBYTE, bytes, integer, seconds } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** Worker processes: how many, and when they are replaced. */
export const WORKERS_SETTINGS: readonly SettingDefinition[] = [
  integer(
    'WEB_CONCURRENCY',
    ['auto', 0, 100],
    'worker processes; auto follows WORKERS_POLICY, 0 is one process without workers',
    ['GUNICORN_WORKERS', 'WORKERS'],
  ),
  {
    name: 'WORKERS_POLICY',
    kind: 'choice',
    choices: ['per-cpu', 'gunicorn', 'per-core'],
    default: 'per-cpu',
    reload: 'live',
    summary: 'what auto means: one per usable CPU, min(2·CPU+1, 12), or CPU × WORKERS_PER_CORE up to MAX_WORKERS',
  },
  integer('WORKERS_PER_CORE', [1, 1, 4], 'workers per CPU; setting it implies WORKERS_POLICY=per-core'),
  integer('MAX_WORKERS', [10, 1, 100], 'upper bound of WORKERS_POLICY=per-core'),
  seconds('GRACEFUL_TIMEOUT', [30, 0, 300], 'time that requests under way get when a worker ends'),
  integer('MAX_REQUESTS', [10_000, 0, 100_000_000], 'requests after which a worker is replaced; 0 never'),
  integer('MAX_REQUESTS_JITTER', [1_000, 0, 100_000_000], 'up to so many more, drawn per worker'),
  seconds('WORKER_MAX_AGE', [0, 0, 2_592_000], 'age at which a worker is replaced, up to a tenth earlier; 0 never'),
  bytes(
    'WORKER_MAX_MEMORY',
    [0, 0, 1_048_576 * MEBIBYTE],
    'resident memory at which a worker is replaced, up to a tenth earlier; 0 never',
  ),
  seconds('WORKER_TIMEOUT', [120, 1, 3_600], 'a worker that gives no sign of life for so long is killed and replaced', [
    'TIMEOUT',
  ]),
]
