import type { Milliseconds } from '../core/clock.ts'

const NANOSECONDS_PER_MS = 1e6

/** The machine's monotonic clock, the same in all of its processes; exact to less than a microsecond. */
export function monotonicNowMs(): Milliseconds {
  return Number(process.hrtime.bigint()) / NANOSECONDS_PER_MS
}

/** A moment of the machine's monotonic clock as one of this process's `performance.now()`. */
export function localMoment(atMonotonicMs: Milliseconds): Milliseconds {
  return performance.now() + (atMonotonicMs - monotonicNowMs())
}
