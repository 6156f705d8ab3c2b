import { performance } from 'node:perf_hooks'

import type { Clock } from '../core/clock.ts'

/** The real monotonic clock: milliseconds since the process started. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule: (delayMs, task) => {
    const timer = setTimeout(task, delayMs).unref()
    return () => clearTimeout(timer)
  },
}
