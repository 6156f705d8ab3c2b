import { getHeapStatistics } from 'node:v8'

import type { Milliseconds } from '../core/clock.ts'
import { detectMemory } from '../host/memory.ts'
import { Pressure } from '../resilience/pressure.ts'
import type { ServerOptions } from './options.ts'

/** Short enough to notice a burst, long enough that one request does not make it up. */
const LOOK_INTERVAL_MS: Milliseconds = 1_000

/** Looks at this process once a second, for those layers that want to know; for none of them it does not look. */
export class PressureWatch {
  /** Under it no requests are taken; undefined: they always are. */
  readonly requests: Pressure | undefined
  /** Under it answers are not compressed; undefined: they always are. */
  readonly compression: Pressure | undefined
  readonly #memoryShareBytes: number
  readonly #timer: NodeJS.Timeout | undefined
  #loop = performance.eventLoopUtilization()

  constructor({ pressure, compression, workers }: Pick<ServerOptions, 'pressure' | 'compression' | 'workers'>) {
    const loopFraction = compression?.maxLoopFraction ?? 0
    this.requests = pressure === null ? undefined : new Pressure(pressure)
    this.compression = loopFraction === 0 ? undefined : new Pressure({ loopFraction, memoryFraction: 0 })
    const isAsked = this.requests !== undefined || this.compression !== undefined
    this.#memoryShareBytes = isAsked ? detectMemory('/').limitBytes / Math.max(1, workers) : Number.POSITIVE_INFINITY
    this.#timer = isAsked ? setInterval(() => this.#look(), LOOK_INTERVAL_MS).unref() : undefined
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.eventLoopUtilization()
    const { utilization: loopFraction } = performance.eventLoopUtilization(now, this.#loop)
    this.#loop = now
    const look = { loopFraction, memoryFraction: usedFraction(this.#memoryShareBytes) }
    this.requests?.look(look)
    this.compression?.look(look)
  }
}

/** Whichever is nearer to its end: the memory of the process, or its heap. */
function usedFraction(memoryShareBytes: number): number {
  const { used_heap_size: heapBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics()
  return Math.max(process.memoryUsage.rss() / memoryShareBytes, heapBytes / heapLimitBytes)
}
