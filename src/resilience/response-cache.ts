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
}

/** What the cache must know about values: their size, and whether a value may be stored (by default each may). */
export interface CachedValueTraits<V> {
  /** Bytes, 0 or more. */
  readonly sizeBytes: (value: V) => number
  readonly isStorable?: (value: V) => boolean
}

/** A snapshot; hits, misses and coalesced only ever grow. */
export interface ResponseCacheStats {
  /** Answered from the cache, remembered errors included. */
  readonly hits: number
  /** Calls started. */
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

type Entry<V> = Landing<V> & { readonly expiresAtMs: Milliseconds }

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
  readonly #maxEntries: number
  readonly #ttlMs: Milliseconds
  readonly #negativeTtlMs: Milliseconds
  readonly #isStorable: (value: V) => boolean
  readonly #clock: Clock
  #hits = 0
  #misses = 0
  #coalesced = 0

  /** @throws {RangeError} naming every option out of range */
  constructor(
    { maxEntries, maxBytes, ttlMs, negativeTtlMs = 0, maxWaiters, timeoutMs }: ResponseCacheOptions,
    { sizeBytes, isStorable = () => true }: CachedValueTraits<V>,
    clock: Clock,
    deadlines: DeadlineSweep,
  ) {
    checkOptions('ResponseCache', [
      { name: 'maxEntries', value: maxEntries, min: 1, isWhole: true },
      { name: 'maxBytes', value: maxBytes, min: 1, isWhole: true },
      { name: 'ttlMs', value: ttlMs, min: Number.MIN_VALUE },
      { name: 'negativeTtlMs', value: negativeTtlMs, min: 0 },
    ])
    this.#maxEntries = maxEntries
    this.#ttlMs = ttlMs
    this.#negativeTtlMs = negativeTtlMs
    this.#isStorable = isStorable
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

  /** The stored value; undefined when there is none, and then `load` is next. No promise is made. */
  get(key: string): V | undefined {
    const entry = this.#fresh(key)
    if (entry?.kind !== 'value') return undefined
    this.#hits++
    return entry.value
  }

  /** Gets what `get` did not have: joins the call for this key, or starts it. Everything that arrives is stored. */
  load(key: string, start: (signal: AbortSignal) => Promise<V>): CacheLoad<V> {
    const entry = this.#fresh(key)
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
    const isStored = this.#fresh(key) !== undefined
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
      maxSize: this.#maxEntries,
      ttlS: this.#ttlMs / 1_000,
      bytes: this.#entries.calculatedSize,
    }
  }

  #fresh(key: string): Entry<V> | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || this.#clock.now() < entry.expiresAtMs) return entry
    this.#entries.delete(key)
    return undefined
  }

  readonly #store = (key: string, landing: Landing<V>): void => {
    const isValue = landing.kind === 'value'
    if (isValue ? !this.#isStorable(landing.value) : this.#negativeTtlMs === 0) return
    const ttlMs = isValue ? this.#ttlMs : this.#negativeTtlMs
    this.#entries.set(key, { ...landing, expiresAtMs: this.#clock.now() + ttlMs })
  }
}
