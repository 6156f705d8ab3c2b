import type { Milliseconds } from '../core/clock.ts'

/** The shortest and the longest wait we ask of a client, in seconds: never 0, and never longer than an hour. */
const MIN_RETRY_AFTER_S = 1
const MAX_RETRY_AFTER_S = 3_600

/** A wait as the whole seconds of a Retry-After header: rounded up, so that who obeys is not early; from 1 to 3 600. */
export function retryAfterSeconds(waitMs: Milliseconds): number {
  return Math.min(MAX_RETRY_AFTER_S, Math.max(MIN_RETRY_AFTER_S, Math.ceil(waitMs / 1_000)))
}
