import { LRUCache } from 'lru-cache'
import type { Clock, Milliseconds } from '../core/clock.ts'
import type { DeadlineSweep } from './deadline.ts'
import { checkOptions } from './option-rules.ts'
import { SingleFlight } from './single-flight.ts'
import type { FlightSeat, Landing, SingleFlightOptions } from './single-flight.ts'

/** How much is kept, and for how long. */
export interface ResponseCacheOptions extends SingleFlightOptions {
  /** Whole, at least 1. */
  readonly maxEntries: number
  /** Bytes of all values together; whole, at least 1. A value larger than this is served and not stored. */
  readonly maxBytes: number
  /** How long a value is served, counted from when it arrived; above 0. */
  readonly ttlMs: Milliseconds
  /** How long an error is repeated without calling again; 0, the default, never. */
  readonly negativeTtlMs?: Milliseconds
  /** How long after its TTL a value is still served while it is fetched anew; 0, the default, not at all. */
  readonly staleWhileRevalidateMs?: Milliseconds
  /** How long after its TTL a value may stand in for one that cannot be fetched; 0, the default, not at all. */
  readonly staleIfErrorMs?: Milliseconds
}

/** What the cache must know about values: their size, and for how long each is kept. */
export interface CachedValueTraits<V> {
  /** Bytes, 0 or more. */
  readonly sizeBytes: (value: V) => number
  /** Instead of the TTL of the options; 0: the value reaches only those who wait for it. */
  readonly ttlMs?: (value: V) => Milliseconds
  /** Whether it may be served past its TTL; by default each may. */
  readonly mayGoStale?: (value: V) => boolean
  /** Whether it is as little good as an error, and replaces no stale value; by default none is. */
  readonly isFailure?: (value: V) => boolean
}

/** A snapshot; hits, misses and coalesced only ever grow. */
export interface ResponseCacheStats {
  /** Answered from the cache, remembered errors and stale values included. */
  readonly hits: number
  /** Calls started by callers; those that replace a stale value are not among them. */
  readonly misses: number
  /** Callers that joined a call that another had started. */
  readonly coalesced: number
  /** hits / (hits + misses + coalesced), rounded to 4 decimals; 0 before the first. */
  readonly hitRate: number
  /** Entries, those included that expired and were not asked for since. */
  readonly size: number
  readonly maxSize: number
  readonly ttlS: number
  readonly bytes: number
}

/** What one caller gets from `load`: a seat in a flight, or the error of a recent one. */
export type CacheLoad<V> = FlightSeat<V> | { readonly role: 'remembered'; readonly error: unknown }

type Entry<V> = Landing<V> & {
  /** Until when it is served without a word. */
  readonly freshUntilMs: Milliseconds
  /** Until when it is served while it is fetched anew, and when it cannot be fetched. */
  readonly staleUntilMs: Milliseconds
  readonly fallbackUntilMs: Milliseconds
}

/** A guess at a small error object with its message. */
const REMEMBERED_ERROR_BYTES = 1_024

/**
 * Values by key for a limited time, least recently used out first, and one call at a time for what is missing.
 *
 * Keys are digests that the caller made. Values are handed out as they are: freeze what must not change. Expiry is
 * ours and not lru-cache's, which serves an entry at the very end of its TTL and knows only whole milliseconds.
 */
export class ResponseCache<V> {
  readonly #entries: LRUCache<string, Entry<V>>
  readonly #flights: SingleFlight<V>
  readonly #options: Required<Omit<ResponseCacheOptions, keyof SingleFlightOptions>>
  readonly #ttlOf: (value: V) => Milliseconds
  readonly #mayGoStale: (value: V) => boolean
  readonly #isFailure: (value: V) => boolean
  readonly #clock: Clock
  #hits = 0
  #misses = 0
  #coalesced = 0

  /** @throws {RangeError} naming every option out of range */
  constructor(options: ResponseCacheOptions, traits: CachedValueTraits<V>, clock: Clock, deadlines: DeadlineSweep) {
    const { maxWaiters, timeoutMs, maxEntries, maxBytes, ttlMs } = options
    const { negativeTtlMs = 0, staleWhileRevalidateMs = 0, staleIfErrorMs = 0 } = options
    checkOptions('ResponseCache', [
      { name: 'maxEntries', value: maxEntries, min: 1, isWhole: true },
      { name: 'maxBytes', value: maxBytes, min: 1, isWhole: true },
      { name: 'ttlMs', value: ttlMs, min: Number.MIN_VALUE },
      { name: 'negativeTtlMs', value: negativeTtlMs, min: 0 },
      { name: 'staleWhileRevalidateMs', value: staleWhileRevalidateMs, min: 0 },
      { name: 'staleIfErrorMs', value: staleIfErrorMs, min: 0 },
    ])
    this.#options = { maxEntries, maxBytes, ttlMs, negativeTtlMs, staleWhileRevalidateMs, staleIfErrorMs }
    const { sizeBytes, ttlMs: ttlOf = () => ttlMs, mayGoStale = () => true, isFailure = () => false } = traits
    this.#ttlOf = ttlOf
    this.#mayGoStale = mayGoStale
    this.#isFailure = isFailure
    this.#clock = clock
    this.#flights = new SingleFlight<V>({ maxWaiters, timeoutMs }, deadlines, this.#store)
    this.#entries = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      // lru-cache accepts only whole sizes of at least 1.
      sizeCalculation: (entry) =>
        entry.kind === 'value' ? Math.max(1, Math.ceil(sizeBytes(entry.value))) : REMEMBERED_ERROR_BYTES,
    })
  }

  /** The stored value; undefined when there is none, and then `stale` or `load` is next. No promise is made. */
  get(key: string): V | undefined {
    const nowMs = this.#clock.now()
    const entry = this.#kept(key, nowMs)
    if (entry?.kind !== 'value' || nowMs >= entry.freshUntilMs) return undefined
    this.#hits++
    return entry.value
  }

  /** A value past its TTL that is still good enough while `refresh` fetches it anew; undefined when there is none. */
  stale(key: string): V | undefined {
    const nowMs = this.#clock.now()
    const entry = this.#kept(key, nowMs)
    if (entry?.kind !== 'value' || nowMs >= entry.staleUntilMs) return undefined
    this.#hits++
    return entry.value
  }

  /**
   * Fetches a value of which a stale one was served. Nobody need wait for it, and it is not given up when nobody does.
   *
   * @returns undefined when it is being fetched already
   */
  refresh(key: string, start: (signal: AbortSignal) => Promise<V>): Promise<V> | undefined {
    if (this.#flights.has(key)) return undefined
    const seat = this.#flights.run(key, start)
    return seat.role === 'refused' ? undefined : seat.result
  }

  /**
   * A value that may stand in for one that cannot be fetched; undefined when there is none.
   *
   * @param holdMs it is served for so long without trying to fetch it again
   */
  fallback(key: string, holdMs: Milliseconds): V | undefined {
    const nowMs = this.#clock.now()
    const entry = this.#kept(key, nowMs)
    if (entry?.kind !== 'value' || nowMs >= entry.fallbackUntilMs) return undefined
    if (holdMs > 0) {
      const freshUntilMs = Math.max(entry.freshUntilMs, Math.min(nowMs + holdMs, entry.fallbackUntilMs))
      this.#entries.set(key, { ...entry, freshUntilMs })
    }
    return entry.value
  }

  /** Gets what `get` did not have: joins the call for this key, or starts it. Everything that arrives is stored. */
  load(key: string, start: (signal: AbortSignal) => Promise<V>): CacheLoad<V> {
    const entry = this.#kept(key, this.#clock.now())
    if (entry?.kind === 'error') {
      this.#hits++
      return { role: 'remembered', error: entry.error }
    }
    const seat = this.#flights.run(key, start)
    if (seat.role === 'leader') this.#misses++
    else if (seat.role === 'follower') this.#coalesced++
    return seat
  }

  /**
   * Forgets one key. A call under way still answers those who wait for it, but is not stored, and nobody else joins it.
   *
   * @returns whether anything was stored
   */
  invalidate(key: string): boolean {
    this.#flights.detach(key)
    const isStored = this.#kept(key, this.#clock.now()) !== undefined
    this.#entries.delete(key)
    return isStored
  }

  /** `invalidate` for all keys; returns how many entries were dropped. Counts go on. */
  clear(): number {
    this.#flights.detachAll()
    const dropped = this.#entries.size
    this.#entries.clear()
    return dropped
  }

  stats(): ResponseCacheStats {
    const lookups = this.#hits + this.#misses + this.#coalesced
    return {
      hits: this.#hits,
      misses: this.#misses,
      coalesced: this.#coalesced,
      hitRate: lookups === 0 ? 0 : Math.round((this.#hits / lookups) * 10_000) / 10_000,
      size: this.#entries.size,
      maxSize: this.#options.maxEntries,
      ttlS: this.#options.ttlMs / 1_000,
      bytes: this.#entries.calculatedSize,
    }
  }

  /** Fresh or not, as long as it is good for anything. */
  #kept(key: string, nowMs: Milliseconds): Entry<V> | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (nowMs < entry.freshUntilMs || nowMs < entry.staleUntilMs || nowMs < entry.fallbackUntilMs) return entry
    this.#entries.delete(key)
    return undefined
  }

  readonly #store = (key: string, landing: Landing<V>): void => {
    const isValue = landing.kind === 'value'
    const ttlMs = isValue ? this.#ttlOf(landing.value) : this.#options.negativeTtlMs
    if (ttlMs <= 0) return
    const nowMs = this.#clock.now()
    const kept = this.#kept(key, nowMs)
    if (kept?.kind === 'value' && nowMs < kept.staleUntilMs && (!isValue || this.#isFailure(landing.value))) {
      // A stale value is better than a failure; as long as that would be repeated, nobody tries again.
      const freshUntilMs = Math.max(kept.freshUntilMs, Math.min(nowMs + ttlMs, kept.staleUntilMs))
      this.#entries.set(key, { ...kept, freshUntilMs })
      return
    }
    const { staleWhileRevalidateMs, staleIfErrorMs } = this.#options
    const mayGoStale = isValue && this.#mayGoStale(landing.value)
    const freshUntilMs = nowMs + ttlMs
    this.#entries.set(key, {
      ...landing,
      freshUntilMs,
      staleUntilMs: mayGoStale ? freshUntilMs + staleWhileRevalidateMs : 0,
      fallbackUntilMs: mayGoStale ? freshUntilMs + staleIfErrorMs : 0,
    })
  }
}
