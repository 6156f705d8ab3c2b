import type { Milliseconds } from '../../core/clock.ts'
import type { SettingReader } from '../setting-reader.ts'

/** The threads of one worker for CPU work. */
export interface CpuThreadOptions {
  /** At least 1. */
  readonly threads: number
  readonly queueSize: number
  readonly taskTimeoutMs: Milliseconds
}

/** @returns null when CPU work is done on the event loop */
export function cpuThreadOptions(read: SettingReader): CpuThreadOptions | null {
  const threads = read.number('CPU_THREADS')
  if (threads === 0) return null
  return { threads, queueSize: read.number('CPU_QUEUE_SIZE'), taskTimeoutMs: read.ms('CPU_TASK_TIMEOUT') }
}
