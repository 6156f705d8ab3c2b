import type { Milliseconds } from '../../core/clock.ts'
import type { PressureLimits } from '../../resilience/pressure.ts'
import type { SettingReader } from '../setting-reader.ts'

/** Admission to one worker. */
export interface QueueOptions {
  /** The most, when it is adaptive. */
  readonly concurrency: number
  readonly isAdaptive: boolean
  readonly capacity: number
  readonly waitTimeoutMs: Milliseconds
  readonly newestFirstAfterMs: Milliseconds
  /** Null: nothing is kept over restarts. */
  readonly state: QueueStateOptions | null
}

/** Where and how often the primary saves what is kept over restarts. */
export interface QueueStateOptions {
  readonly path: string
  readonly saveIntervalMs: Milliseconds
}

/** @returns null when requests do not wait for admission */
export function queueOptions(read: SettingReader): QueueOptions | null {
  if (!read.isOn('QUEUE_ENABLED')) return null
  const isAuto = read.value('QUEUE_CONCURRENCY') === 'auto'
  const path = read.text('QUEUE_STATE_PATH')
  return {
    concurrency: read.number(isAuto ? 'UPSTREAM_POOL_MAX' : 'QUEUE_CONCURRENCY'),
    isAdaptive: read.isOn('QUEUE_ADAPTIVE'),
    capacity: read.number('QUEUE_SIZE'),
    waitTimeoutMs: read.ms('QUEUE_TIMEOUT'),
    newestFirstAfterMs: read.number('QUEUE_NEWEST_FIRST_AFTER'),
    state: path === '' ? null : { path, saveIntervalMs: read.ms('QUEUE_SAVE_INTERVAL') },
  }
}

/** @returns null when requests are taken whatever the pressure */
export function pressureLimits(read: SettingReader): PressureLimits | null {
  const loopFraction = read.number('PRESSURE_MAX_LOOP') / 100
  const memoryFraction = read.number('PRESSURE_MAX_MEMORY') / 100
  return loopFraction === 0 && memoryFraction === 0 ? null : { loopFraction, memoryFraction }
}
