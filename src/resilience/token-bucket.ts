import type { Milliseconds } from '../core/clock.ts'

/** The size of all buckets of one limiter. */
export interface TokenBucketLimit {
  /** Tokens that come back per millisecond; above 0. */
  readonly ratePerMs: number
  /** Tokens in a full bucket, whole, at least 1. */
  readonly burst: number
}

/** Absorbs the rounding of `nowMs * ratePerMs`, so that a token due at a moment is there at that moment. */
const ROUNDING_TOKENS = 1e-6

/**
 * An exact token bucket as a single number (generic cell rate algorithm): the virtual time, counted in tokens,
 * at which the bucket is full again. A take adds exactly 1 to it, so nothing drifts however many takes there
 * are. Starts full.
 *
 * @see ITU-T I.371, generic cell rate algorithm
 */
export class TokenBucket {
  readonly #limit: TokenBucketLimit
  #fullAtTokens = Number.NEGATIVE_INFINITY

  constructor(limit: TokenBucketLimit) {
    this.#limit = limit
  }

  /** Takes one token; false, and nothing changes, when there is none. `nowMs` must not go backwards. */
  take(nowMs: Milliseconds): boolean {
    const nowTokens = nowMs * this.#limit.ratePerMs
    const fullAtTokens = Math.max(this.#fullAtTokens, nowTokens) + 1
    if (fullAtTokens - nowTokens > this.#limit.burst + ROUNDING_TOKENS) return false
    this.#fullAtTokens = fullAtTokens
    return true
  }

  /** Whole tokens left, from 0 to the burst. */
  remaining(nowMs: Milliseconds): number {
    const missing = Math.max(0, this.#fullAtTokens - nowMs * this.#limit.ratePerMs)
    return Math.max(0, Math.floor(this.#limit.burst - missing + ROUNDING_TOKENS))
  }

  /** How long until the next token; 0 when there is one. */
  waitMs(nowMs: Milliseconds): Milliseconds {
    const lackingTokens = this.#fullAtTokens + 1 - this.#limit.burst - nowMs * this.#limit.ratePerMs
    // Half the tolerance of take(): rounding up to whole seconds must not add one for a rounding error, and a
    // client that waits just this long must still be let through.
    return Math.max(0, (lackingTokens - ROUNDING_TOKENS / 2) / this.#limit.ratePerMs)
  }

  /** Whether the bucket is like new, so that forgetting it changes nothing. */
  isFull(nowMs: Milliseconds): boolean {
    return this.#fullAtTokens <= nowMs * this.#limit.ratePerMs
  }
}
