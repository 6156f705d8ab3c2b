import type { Milliseconds } from '../core/clock.ts'
import type { Random } from '../core/random.ts'

/** The bounds of the waits between attempts. */
export interface BackoffOptions {
  /** The first wait is below this; 0 or more. */
  readonly baseMs: Milliseconds
  /** No wait reaches this. */
  readonly capMs: Milliseconds
}

/**
 * A wait with full jitter: uniform in [0, min(capMs, baseMs · 2^retryIndex)), so that clients that failed together do not
 * come back together.
 *
 * @param retryIndex retries already made; 0 before the first retry
 * @see Brooker 2015, "Exponential Backoff And Jitter", AWS Architecture Blog
 */
export function fullJitterMs(retryIndex: number, { baseMs, capMs }: BackoffOptions, random: Random): Milliseconds {
  return random() * Math.min(capMs, baseMs * 2 ** retryIndex)
}
