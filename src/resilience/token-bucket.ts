import type { Milliseconds } from '../core/clock.ts'
import type { RateLimit } from './rate-limit.ts'

/** Time is counted in whole ticks of 10 ns, in which a number is exact for 2.8 years. */
const TICKS_PER_MS = 100_000

/** A clock with fractions of milliseconds may be off by a tick; who waits as long as he was told must still be let through. */
const TOLERANCE_TICKS = 2

/** A limit in ticks, worked out once for all its buckets. */
export interface BucketLimit {
  /** Tokens in a full bucket. */
  readonly tokens: number
  /** The time in which an empty bucket fills. */
  readonly fillTicks: number
  /** The time for one token: whole ticks, and a rest counted in fractions of 1/`tokens` ticks. */
  readonly tokenTicks: number
  readonly tokenFractions: number
}

/** The limit of buckets that hold `count` tokens and fill within the period. */
export function bucketLimit({ count, periodMs }: RateLimit): BucketLimit {
  const fillTicks = periodMs * TICKS_PER_MS
  return {
    tokens: count,
    fillTicks,
    tokenTicks: Math.floor(fillTicks / count),
    tokenFractions: fillTicks % count,
  }
}

/**
 * An exact token bucket (generic cell rate algorithm): all it remembers is when it is full again. Taking a token moves that
 * by the time of one token, in whole numbers, so that nothing drifts however many are taken. Starts full.
 *
 * The limit is given with each call, so that it can be changed: a bucket then needs as long to fill as before, but never longer
 * than the new limit takes.
 *
 * @see ITU-T I.371, generic cell rate algorithm
 */
export class TokenBucket {
  #fullAtTicks = Number.NEGATIVE_INFINITY
  /** Belongs to `#fullAtTicks`, in fractions of 1/`limit.tokens` ticks. */
  #fractions = 0

  /** Takes up to `wanted` (whole, at least 1) tokens and says how many there were. `nowMs` must not go backwards. */
  take(limit: BucketLimit, nowMs: Milliseconds, wanted = 1): number {
    const nowTicks = ticksOf(nowMs)
    const taken = Math.min(wanted, this.#remaining(limit, nowTicks))
    if (taken === 0) return 0
    if (this.#fullAtTicks < nowTicks) {
      this.#fullAtTicks = nowTicks
      this.#fractions = 0
    }
    this.#move(limit, taken)
    return taken
  }

  /** Puts tokens back that were taken and not used. */
  giveBack(limit: BucketLimit, tokens: number): void {
    this.#move(limit, -tokens)
  }

  /** Whole tokens left, from 0 to all. */
  remaining(limit: BucketLimit, nowMs: Milliseconds): number {
    return this.#remaining(limit, ticksOf(nowMs))
  }

  /** How long until the next token; 0 when there is one. */
  waitMs(limit: BucketLimit, nowMs: Milliseconds): Milliseconds {
    const nextTicks = limit.tokenTicks + (this.#fractions + limit.tokenFractions) / limit.tokens
    const lackingTicks = this.#missingTicks(limit, ticksOf(nowMs)) + nextTicks - limit.fillTicks
    // Half the tolerance of take(): rounding up to whole seconds must not add one for a tick.
    return Math.max(0, (lackingTicks - TOLERANCE_TICKS / 2) / TICKS_PER_MS)
  }

  /** Whether the bucket is like new, so that forgetting it changes nothing. */
  isFull(nowMs: Milliseconds): boolean {
    return this.#fullAtTicks + Number(this.#fractions > 0) <= ticksOf(nowMs)
  }

  #remaining(limit: BucketLimit, nowTicks: number): number {
    const missing = this.#missingTicks(limit, nowTicks)
    if (missing === 0) return limit.tokens
    const left = Math.floor(((limit.fillTicks + TOLERANCE_TICKS - missing) * limit.tokens) / limit.fillTicks)
    return Math.max(0, Math.min(left, limit.tokens))
  }

  /** The time until the bucket is full; never more than an empty one needs. */
  #missingTicks(limit: BucketLimit, nowTicks: number): number {
    const missing = Math.max(0, this.#fullAtTicks - nowTicks)
    if (missing <= limit.fillTicks + TOLERANCE_TICKS) return missing
    this.#fullAtTicks = nowTicks + limit.fillTicks
    this.#fractions = 0
    return limit.fillTicks
  }

  #move(limit: BucketLimit, tokens: number): void {
    const fractions = this.#fractions + tokens * limit.tokenFractions
    const carried = Math.floor(fractions / limit.tokens)
    this.#fullAtTicks += tokens * limit.tokenTicks + carried
    this.#fractions = fractions - carried * limit.tokens
  }
}

function ticksOf(nowMs: Milliseconds): number {
  return Math.floor(nowMs * TICKS_PER_MS)
}
