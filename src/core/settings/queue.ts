import { boolean, integer, seconds } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** The admission queue of each worker. */
export const QUEUE_SETTINGS: readonly SettingDefinition[] = [
  boolean('QUEUE_ENABLED', false, 'requests wait for admission'),
  integer('QUEUE_SIZE', [1_000, 0, 1_000_000], 'requests that may wait; more are answered with 503'),
  integer('QUEUE_CONCURRENCY', [64, 1, 100_000], 'requests that run at the same time'),
  seconds('QUEUE_TIMEOUT', [5, 1, 300], 'longest wait for admission; then 503'),
]
