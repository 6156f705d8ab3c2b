import type { Clock, Milliseconds } from '../core/clock.ts'
import { checkOptions } from './option-rules.ts'
import { retryAfterSeconds } from './retry-after-seconds.ts'
import { TokenBucket } from './token-bucket.ts'
import type { TokenBucketLimit } from './token-bucket.ts'

/** How much each client may do, and how many clients are told apart. */
export interface ClientLimiterOptions {
  /** Sustained requests per second of one client; above 0. */
  readonly ratePerS: number
  /** Requests one client may send at once; whole, at least 1. */
  readonly burst: number
  /** Clients with a bucket of their own; whole, at least 1. Further ones share a single bucket. */
  readonly maxClients: number
}

/** Whether one request may pass: whole tokens left, or whole seconds (1 to 3 600) after which the client is let through. */
export type LimiterDecision =
  | { readonly allowed: true; readonly remaining: number }
  | { readonly allowed: false; readonly retryAfterS: number }

/** Buckets looked at per new client: more than one, so that sweeping is faster than filling. */
const SWEEP_STEPS = 8

/** One request a day, the slowest limit that can be written. */
const MIN_RATE_PER_S = 1 / 86_400

/**
 * One token bucket per client, in bounded memory and without a timer.
 *
 * Only full buckets are forgotten, so a client cannot wash off its debt by bringing others. When the cap is reached
 * and the sweep finds no full bucket, new clients share one overflow bucket: limited together, not refused outright.
 * A Retry-After longer than an hour is cut to 3 600 s; otherwise a client that obeys it succeeds (unless it shares
 * the overflow bucket).
 */
export class ClientLimiter {
  readonly #limit: TokenBucketLimit
  readonly #maxClients: number
  readonly #clock: Clock
  readonly #buckets = new Map<string, TokenBucket>()
  readonly #overflow: TokenBucket
  #sweep: Iterator<[string, TokenBucket]>
  #latestMs: Milliseconds = Number.NEGATIVE_INFINITY

  /** @throws {RangeError} naming every option out of range */
  constructor({ ratePerS, burst, maxClients }: ClientLimiterOptions, clock: Clock) {
    checkOptions('ClientLimiter', [
      { name: 'ratePerS', value: ratePerS, min: MIN_RATE_PER_S },
      { name: 'burst', value: burst, min: 1, isWhole: true },
      { name: 'maxClients', value: maxClients, min: 1, isWhole: true },
    ])
    this.#limit = { ratePerMs: ratePerS / 1_000, burst }
    this.#maxClients = maxClients
    this.#clock = clock
    this.#overflow = new TokenBucket(this.#limit)
    this.#sweep = this.#buckets.entries()
  }

  /** Clients that have a bucket of their own at the moment. */
  get clients(): number {
    return this.#buckets.size
  }

  /** Counts one request of the client and says whether it may pass. */
  take(clientKey: string): LimiterDecision {
    // A clock that steps back must neither refill a bucket nor drain it below empty: time stands still meanwhile.
    const nowMs = (this.#latestMs = Math.max(this.#latestMs, this.#clock.now()))
    const bucket = this.#buckets.get(clientKey) ?? this.#admit(clientKey, nowMs)
    return bucket.take(nowMs)
      ? { allowed: true, remaining: bucket.remaining(nowMs) }
      : { allowed: false, retryAfterS: retryAfterSeconds(bucket.waitMs(nowMs)) }
  }

  #admit(clientKey: string, nowMs: Milliseconds): TokenBucket {
    this.#forgetFullBuckets(nowMs)
    if (this.#buckets.size >= this.#maxClients) return this.#overflow
    const bucket = new TokenBucket(this.#limit)
    this.#buckets.set(clientKey, bucket)
    return bucket
  }

  /** Goes round the map, a few entries at a time; an iterator of a Map survives changes of the map. */
  #forgetFullBuckets(nowMs: Milliseconds): void {
    for (let step = 0; step < SWEEP_STEPS; step++) {
      const next = this.#sweep.next()
      if (next.done === true) {
        this.#sweep = this.#buckets.entries()
        return
      }
      const [clientKey, bucket] = next.value
      if (bucket.isFull(nowMs)) this.#buckets.delete(clientKey)
    }
  }
}
