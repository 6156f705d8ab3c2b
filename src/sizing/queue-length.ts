import type { Milliseconds } from '../core/clock.ts'
import { capacityPerS } from './utilization.ts'

/**
 * The longest admission queue of one worker whose last request still keeps the latency objective: what the event loop
 * can serve in the time that the objective leaves beyond the response itself.
 *
 * @param busyLoopMsPerRequest above 0
 * @param responseTimeMs without queueing, of a slow request (p99)
 * @returns requests, at least 1
 */
export function queueLength(
  busyLoopMsPerRequest: Milliseconds,
  objectiveMs: Milliseconds,
  responseTimeMs: Milliseconds,
): number {
  const servedPerMs = capacityPerS(1, busyLoopMsPerRequest) / 1_000
  return Math.max(1, Math.floor(servedPerMs * (objectiveMs - responseTimeMs)))
}
