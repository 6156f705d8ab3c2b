import type { Clock, Milliseconds } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'
import type { ResponseCache } from '../../resilience/response-cache.ts'
import { FlightAbandonedError, FlightTimeoutError } from '../../resilience/single-flight.ts'
import type { FlightSeat } from '../../resilience/single-flight.ts'
import { jitteredTtl } from '../../resilience/ttl-jitter.ts'
import { bodyBytes, clientGone, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { SharedCache } from '../cache-stores/shared-cache.ts'
import type { StoredAnswer } from '../cache-stores/stored-answer.ts'
import { CACHE_TIERS_MS } from '../options/cache.ts'
import type { CacheOptions } from '../options/cache.ts'
import type { Middleware, Next } from '../pipeline.ts'
import type { RequestContext } from '../request-context.ts'
import type { Route } from '../router.ts'
import { cacheKeys } from './cache-key.ts'
import type { CacheKeyOf } from './cache-key.ts'
import { keptAnswer, storabilityOf } from './cache-policy.ts'

/** What the cache works with. */
export interface ResponseCachingParts {
  readonly memory: ResponseCache<StoredAnswer>
  /** Null: there is only the memory. */
  readonly shared: SharedCache | null
  readonly clock: Clock
  readonly random: Random
  /** Gets the errors that no client sees, because it was given something stale or did not wait. */
  readonly onError: (error: unknown) => void
}

/** Only ever grow. */
export interface ResponseCachingCounts {
  /** Calls made for somebody who waited. */
  readonly misses: number
  /** Found in the shared tier for somebody who waited. */
  readonly found: number
  readonly refreshes: number
  /** Answers given past their TTL. */
  readonly stale: number
}

/** The size of an entry beside its body: key, headers, objects. A guess. */
const ENTRY_OVERHEAD_BYTES = 512

/** What the memory must know; room for compressed variants is reserved. */
export function storedAnswerTraits(clock: Clock): {
  readonly sizeBytes: (stored: StoredAnswer) => number
  readonly ttlMs: (stored: StoredAnswer) => Milliseconds
  readonly mayGoStale: (stored: StoredAnswer) => boolean
  readonly isFailure: (stored: StoredAnswer) => boolean
} {
  return {
    sizeBytes: ({ answer }) => 2 * bodyBytes(answer) + ENTRY_OVERHEAD_BYTES,
    ttlMs: ({ source, madeAtMs, ttlMs }) => (source === 'stale' ? 0 : madeAtMs + ttlMs - clock.now()),
    mayGoStale: ({ answer }) => answer.status < 300,
    isFailure: ({ answer }) => answer.status >= 500,
  }
}

/**
 * Answers cacheable routes with what was answered before, and calls the handler once for all who ask for the same at the same
 * time. What is past its TTL is served while it is made anew, and when that fails, for as long as the options say.
 *
 * What a client says about caching is not heeded: it cannot have an answer made for it alone.
 */
export class ResponseCaching {
  readonly #options: CacheOptions
  readonly #parts: ResponseCachingParts
  readonly #keyOf: CacheKeyOf
  #misses = 0
  #found = 0
  #refreshes = 0
  #stale = 0

  constructor(options: CacheOptions, parts: ResponseCachingParts) {
    this.#options = options
    this.#parts = parts
    this.#keyOf = cacheKeys(options.generation)
  }

  counts(): ResponseCachingCounts {
    return { misses: this.#misses, found: this.#found, refreshes: this.#refreshes, stale: this.#stale }
  }

  /** After the body was read, where that is part of the key. */
  readonly middleware: Middleware = (context, next) => {
    const key = this.#keyOf(context)
    if (key === undefined) return next(context)
    const { memory } = this.#parts
    const kept = memory.get(key)
    if (kept !== undefined) return this.#again(context, kept)
    const stale = memory.stale(key)
    if (stale === undefined) return this.#load(key, context, next)
    this.#refresh(key, context, next)
    return this.#again(context, stale)
  }

  #again({ headers }: RequestContext, { answer, madeAtMs, ttlMs }: StoredAnswer): Answer {
    const ageMs = this.#parts.clock.now() - madeAtMs
    const age = String(Math.max(0, Math.floor(ageMs / 1_000)))
    if (ageMs < ttlMs) {
      headers.push('X-Cache', 'HIT', 'Age', age)
    } else {
      this.#stale++
      headers.push('X-Cache', 'STALE', 'Age', age, 'Warning', '110 - "Response is Stale"')
    }
    return answer
  }

  #load(key: string, context: RequestContext, next: Next): Answer | Promise<Answer> {
    const load = this.#parts.memory.load(key, async (signal) => {
      let isCalled = false
      const call = (): Promise<Answer> => {
        isCalled = true
        this.#misses++
        return this.#call(context, next, signal)
      }
      const stored = await this.#fetch(key, context.route, call, signal)
      if (!isCalled) this.#found++
      return stored
    })
    if (load.role === 'remembered') throw load.error
    if (load.role === 'refused') {
      return refusal(503, 'cache_waiters', { detail: 'too many wait for the same answer', retryAfterS: 1 })
    }
    context.onAbort(load.leave)
    return this.#answer(load, key, context, next)
  }

  async #answer(
    { role, result }: Exclude<FlightSeat<StoredAnswer>, { readonly role: 'refused' }>,
    key: string,
    context: RequestContext,
    next: Next,
  ): Promise<Answer> {
    let stored: StoredAnswer
    try {
      stored = await result
    } catch (error) {
      return this.#onFlightError(error, key, context)
    }
    // The answer to somebody else's request is none for this one.
    if (role === 'follower' && !stored.isForAll) return next(context)
    if (stored.source !== 'called') return this.#again(context, stored)
    context.headers.push('X-Cache', 'MISS')
    return stored.answer
  }

  #refresh(key: string, context: RequestContext, next: Next): void {
    const refreshed = this.#parts.memory.refresh(key, (signal) => {
      const call = (): Promise<Answer> => {
        this.#refreshes++
        return this.#call(context, next, signal)
      }
      return this.#fetch(key, context.route, call, signal)
    })
    refreshed?.catch(this.#parts.onError)
  }

  async #call(context: RequestContext, next: Next, signal: AbortSignal): Promise<Answer> {
    return next(context.shared(signal))
  }

  async #fetch(key: string, route: Route, call: () => Promise<Answer>, signal: AbortSignal): Promise<StoredAnswer> {
    const { shared, onError } = this.#parts
    const make = async (): Promise<StoredAnswer> => this.#stored(await call(), route)
    let stored: StoredAnswer
    try {
      stored = await (shared === null ? make() : shared.load(key, make, signal))
    } catch (error) {
      const fallback = signal.aborted ? undefined : this.#fallback(key)
      if (fallback === undefined) throw error
      onError(error)
      return fallback
    }
    return stored.answer.status < 500 ? stored : (this.#fallback(key) ?? stored)
  }

  #stored(answer: Answer, route: Route): StoredAnswer {
    const storability = storabilityOf(answer, route)
    const isKept = storability === 'keep'
    const ttlMs = isKept ? this.#ttlOf(route) : storability === 'negative' ? this.#options.negativeTtlMs : 0
    return {
      answer: ttlMs > 0 ? keptAnswer(answer) : answer,
      madeAtMs: this.#parts.clock.now(),
      ttlMs,
      source: 'called',
      isForAll: storability !== 'personal',
    }
  }

  #ttlOf({ path, cacheTier }: Route): Milliseconds {
    const { routeTtlMs, ttlMs, jitterFraction } = this.#options
    const wantedMs = routeTtlMs[path] ?? (cacheTier === undefined ? ttlMs : CACHE_TIERS_MS[cacheTier])
    return jitteredTtl(wantedMs, jitterFraction, this.#parts.random)
  }

  #fallback(key: string): StoredAnswer | undefined {
    const stale = this.#parts.memory.fallback(key, this.#options.negativeTtlMs)
    return stale && { ...stale, source: 'stale' }
  }

  #onFlightError(error: unknown, key: string, context: RequestContext): Answer {
    if (error instanceof FlightAbandonedError) return clientGone()
    if (!(error instanceof FlightTimeoutError)) throw error
    const stale = this.#fallback(key)
    return stale === undefined
      ? refusal(504, 'deadline', { detail: error.message, retryAfterS: 1 })
      : this.#again(context, stale)
  }
}
