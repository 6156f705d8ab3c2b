import type { Milliseconds } from '../core/clock.ts'
import type { Random } from '../core/random.ts'

/** What a worker may be worn by. */
export type WearReason = 'requests' | 'age' | 'memory'

/** After how much of what a worker is replaced; 0 switches a limit off. */
export interface RecyclePolicy {
  readonly maxRequests: number
  /** Up to so many requests more, drawn per worker. */
  readonly maxRequestsJitter: number
  readonly maxAgeMs: Milliseconds
  /** Resident memory of the process. */
  readonly maxRssBytes: number
}

/** The limits of one worker; Infinity where there is none. */
export interface RecycleLimits {
  readonly requests: number
  readonly ageMs: Milliseconds
  readonly rssBytes: number
}

/** What one worker has used so far. */
export interface WorkerWear {
  readonly requests: number
  readonly ageMs: Milliseconds
  readonly rssBytes: number
}

/** Age and memory are ceilings, so their jitter goes down: a worker is replaced up to this share of them earlier. */
const EARLIER_FRACTION = 0.1

/**
 * No worker is replaced sooner after it began to serve: a start costs CPU time, of which starts may not take the most.
 */
export const MIN_WORKER_LIFETIME_MS: Milliseconds = 2_000

/** What is recommended instead: starts then hardly cost anything. */
const LASTING_LIFETIME_MS: Milliseconds = 60_000

/**
 * Draws the limits of one worker, so that workers that started together are not replaced together: requests uniformly
 * from `maxRequests` to `maxRequests + maxRequestsJitter`, age and memory from nine tenths of their ceilings up to them.
 */
export function drawRecycleLimits(policy: RecyclePolicy, random: Random): RecycleLimits {
  const [requestsDraw, ageDraw, memoryDraw] = [random(), random(), random()]
  const below = (ceiling: number, draw: number): number =>
    ceiling === 0 ? Infinity : ceiling * (1 - EARLIER_FRACTION * draw)
  return {
    requests:
      policy.maxRequests === 0
        ? Infinity
        : policy.maxRequests + Math.floor(requestsDraw * (policy.maxRequestsJitter + 1)),
    ageMs: below(policy.maxAgeMs, ageDraw),
    rssBytes: below(policy.maxRssBytes, memoryDraw),
  }
}

/** The first limit that was reached, in the order requests, age, memory; undefined while there is none. */
export function wearReason(limits: RecycleLimits, { requests, ageMs, rssBytes }: WorkerWear): WearReason | undefined {
  if (requests >= limits.requests) return 'requests'
  if (ageMs >= limits.ageMs) return 'age'
  return rssBytes >= limits.rssBytes ? 'memory' : undefined
}

/**
 * The MAX_REQUESTS with which a worker lives for a minute at the rate that it has: rate per worker × lifetime, rounded up
 * to two digits.
 *
 * @param requests that it served, at least 1
 * @param lifetimeMs in which it served them, above 0
 */
export function lastingMaxRequests(requests: number, lifetimeMs: Milliseconds): number {
  const wanted = (requests / lifetimeMs) * LASTING_LIFETIME_MS
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(wanted)) - 1)
  return Math.ceil(wanted / unit) * unit
}
