import type { Milliseconds } from '../../core/clock.ts'
import type { SettingReader } from '../setting-reader.ts'

/** Admission to one worker. */
export interface QueueOptions {
  readonly concurrency: number
  readonly capacity: number
  readonly waitTimeoutMs: Milliseconds
}

/** @returns null when requests do not wait for admission */
export function queueOptions(read: SettingReader): QueueOptions | null {
  if (!read.isOn('QUEUE_ENABLED')) return null
  return {
    concurrency: read.number('QUEUE_CONCURRENCY'),
    capacity: read.number('QUEUE_SIZE'),
    waitTimeoutMs: read.ms('QUEUE_TIMEOUT'),
  }
}
