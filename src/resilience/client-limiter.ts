import type { Clock, Milliseconds } from '../core/clock.ts'
import { checkOptions } from './option-rules.ts'
import { tokenMs } from './rate-limit.ts'
import type { RateLimit } from './rate-limit.ts'
import { retryAfterSeconds } from './retry-after-seconds.ts'
import { bucketLimit, TokenBucket } from './token-bucket.ts'
import type { BucketLimit } from './token-bucket.ts'

/** How much each client may do, and how many clients are told apart. */
export interface ClientLimiterOptions extends RateLimit {
  /** Clients with a bucket of their own; whole, at least 1. Further ones share a single bucket. */
  readonly maxClients: number
}

/** Whether one request may pass: whole tokens left, or whole seconds (1 to 3 600) after which the client is let through. */
export type LimiterDecision =
  | { readonly allowed: true; readonly remaining: number }
  /** Nobody could tell in time; better one request too many than a server that refuses everybody. */
  | { readonly allowed: true; readonly remaining?: undefined }
  | { readonly allowed: false; readonly retryAfterS: number }

/** What somebody wants who lets requests of one client through by himself. */
export interface TokenRequest {
  readonly clientKey: string
  /** Whole, 0 or more. */
  readonly wanted: number
  /** Of those, the ones that somebody waits for; the others are a stock. Whole, 0 or more. */
  readonly needed: number
  /** Of those granted before; whole, 0 or more. */
  readonly unused: number
  /** The price of the unused: the time for one token under the limit of whoever gives them back. */
  readonly tokenMs: Milliseconds
}

/**
 * What he gets: at most what was wanted, what is left after that, and the time until there is another one; less than was wanted
 * with no time to wait when there is no stock for him.
 */
export interface TokenGrant {
  readonly tokens: number
  readonly remaining: number
  readonly waitMs: Milliseconds
}

/** Buckets looked at per new client: more than one, so that sweeping is faster than filling. */
const SWEEP_STEPS = 8

/**
 * One token bucket per client, in bounded memory and without a timer.
 *
 * Only full buckets are forgotten, so a client cannot wash off its debt by bringing others. When the cap is reached
 * and the sweep finds no full bucket, new clients share one overflow bucket: limited together, not refused outright.
 * A Retry-After longer than an hour is cut to 3 600 s; otherwise a client that obeys it succeeds (unless it shares
 * the overflow bucket).
 */
export class ClientLimiter {
  #limit: BucketLimit
  #tokenMs: Milliseconds
  #maxClients: number
  readonly #clock: Clock
  readonly #buckets = new Map<string, TokenBucket>()
  readonly #overflow = new TokenBucket()
  #sweep: Iterator<[string, TokenBucket]>
  #latestMs: Milliseconds = Number.NEGATIVE_INFINITY

  /** @throws {RangeError} naming every option out of range */
  constructor(options: ClientLimiterOptions, clock: Clock) {
    checkLimit(options)
    this.#limit = bucketLimit(options)
    this.#tokenMs = tokenMs(options)
    this.#maxClients = options.maxClients
    this.#clock = clock
    this.#sweep = this.#buckets.entries()
  }

  /** Clients that have a bucket of their own at the moment. */
  get clients(): number {
    return this.#buckets.size
  }

  /**
   * Goes on with another limit; nobody is forgotten. A bucket is full again when it would have been, or when an empty one is
   * under the new limit, whichever comes first.
   *
   * @throws {RangeError} naming every option out of range
   */
  change(options: ClientLimiterOptions): void {
    checkLimit(options)
    this.#limit = bucketLimit(options)
    this.#tokenMs = tokenMs(options)
    this.#maxClients = options.maxClients
  }

  /** Counts one request of the client and says whether it may pass. */
  take(clientKey: string): LimiterDecision {
    const nowMs = this.#now()
    const bucket = this.#bucketOf(clientKey, nowMs)
    return bucket.take(this.#limit, nowMs) === 1
      ? { allowed: true, remaining: bucket.remaining(this.#limit, nowMs) }
      : { allowed: false, retryAfterS: retryAfterSeconds(bucket.waitMs(this.#limit, nowMs)) }
  }

  /**
   * Takes tokens for somebody who will use them, and takes back what he did not use, unless tokens cost something else by now.
   * The overflow bucket gives nothing as a stock: nobody could tell later that it came from there.
   */
  grant({ clientKey, wanted, needed, unused, tokenMs: priceMs }: TokenRequest): TokenGrant {
    const nowMs = this.#now()
    // One that was forgotten was full.
    if (unused > 0 && priceMs === this.#tokenMs) this.#buckets.get(clientKey)?.giveBack(this.#limit, unused)
    if (wanted === 0) return { tokens: 0, remaining: 0, waitMs: 0 }
    const bucket = this.#bucketOf(clientKey, nowMs)
    const granted = bucket === this.#overflow ? Math.min(wanted, needed) : wanted
    return {
      tokens: granted === 0 ? 0 : bucket.take(this.#limit, nowMs, granted),
      remaining: bucket.remaining(this.#limit, nowMs),
      waitMs: bucket.waitMs(this.#limit, nowMs),
    }
  }

  /** A clock that steps back must neither refill a bucket nor drain it below empty: time stands still meanwhile. */
  #now(): Milliseconds {
    return (this.#latestMs = Math.max(this.#latestMs, this.#clock.now()))
  }

  #bucketOf(clientKey: string, nowMs: Milliseconds): TokenBucket {
    const known = this.#buckets.get(clientKey)
    if (known !== undefined) return known
    this.#forgetFullBuckets(nowMs)
    if (this.#buckets.size >= this.#maxClients) return this.#overflow
    const bucket = new TokenBucket()
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

const MAX_COUNT = 1_000_000
const DAY_MS = 86_400_000

function checkLimit({ count, periodMs, maxClients }: ClientLimiterOptions): void {
  checkOptions('ClientLimiter', [
    { name: 'count', value: count, min: 1, max: MAX_COUNT, isWhole: true },
    { name: 'periodMs', value: periodMs, min: 1, max: DAY_MS, isWhole: true },
    { name: 'maxClients', value: maxClients, min: 1, isWhole: true },
  ])
}
