import type { Cancel, Clock, Milliseconds } from '../../core/clock.ts'
import { OptionalService } from '../../resilience/optional-service.ts'
import type { SharedCacheFigures } from '../messages.ts'
import type { CacheStore, Claim } from './cache-store.ts'
import { decodeAnswer, encodeAnswer } from './stored-answer.ts'
import type { StoredAnswer } from './stored-answer.ts'

/** What the shared tier gets from its process. */
export interface SharedCacheParts {
  readonly clock: Clock
  /** Told once of each time that the store was lost. */
  readonly onOutage: (error: unknown) => void
  /** No other process has the same. */
  readonly processName: string
}

/** Times and limits of the shared tier. */
export interface SharedCacheLimits {
  readonly timeoutMs: Milliseconds
  /** A lease that its owner does not renew ends then. */
  readonly leaseMs: Milliseconds
}

/** Longer than any pause of a healthy process; short enough to wait for after one was killed. */
export const LEASE_MS: Milliseconds = 2_000
const RENEWALS_PER_LEASE = 4
/** Between two looks at a lease that another process has. */
const POLL_MS: Milliseconds = 25
const RECHECK_MS: Milliseconds = 1_000
/** Questions to the store under way; more than this many at a time are a sign that it is too slow. */
const MAX_RUNNING = 1_024
/** Nobody waits for what is written. */
const WRITE_TIMEOUT_MS: Milliseconds = 2_000
/** Larger answers would take longer to fetch than to make, and hold up others. */
const MAX_SHARED_BYTES = 4_194_304

/**
 * The tier behind the memory of each process: finds what another process has made, and has only one of them make what is
 * missing. Without the store each makes its own, as if there were no such tier.
 */
export class SharedCache {
  readonly #store: CacheStore
  readonly #service: OptionalService
  readonly #limits: SharedCacheLimits
  readonly #clock: Clock
  readonly #processName: string
  #nextOwner = 0
  #hits = 0
  #misses = 0
  #corrupt = 0
  #waits = 0

  constructor(store: CacheStore, limits: SharedCacheLimits, { clock, onOutage, processName }: SharedCacheParts) {
    this.#store = store
    this.#limits = limits
    this.#clock = clock
    this.#processName = processName
    const onDown = (error: unknown): void => {
      store.drop()
      onOutage(error)
    }
    const service = { timeoutMs: limits.timeoutMs, recheckMs: RECHECK_MS, maxRunning: MAX_RUNNING }
    this.#service = new OptionalService(service, { check: store.check, isRefusal: store.isRefusal, onDown }, clock)
  }

  /**
   * What another process has made, or what `call` makes; `call` is made at most once.
   *
   * @param signal the flight that waits for it was given up
   * @throws what `call` throws
   */
  async load(key: string, call: () => Promise<StoredAnswer>, signal: AbortSignal): Promise<StoredAnswer> {
    const owner = `${this.#processName}-${this.#nextOwner++}`
    for (let looks = 0; ; looks++) {
      const claimed = await this.#service.run(() => this.#store.claim(key, owner, this.#limits.leaseMs))
      if (signal.aborted && claimed.kind === 'done' && claimed.value.kind === 'granted') void this.#hand(key, owner)
      signal.throwIfAborted()
      if (claimed.kind !== 'done') return call()
      const claim = claimed.value
      if (claim.kind === 'granted') {
        this.#misses++
        return this.#make(key, owner, call, signal)
      }
      const found = this.#foundIn(claim, key, looks)
      if (found !== undefined) return found
      if (claim.kind === 'ended') return call()
      if (claim.kind === 'held') await this.#wait(looks, signal)
      else if (!(await this.#remove(key))) return call()
    }
  }

  figures(): SharedCacheFigures {
    const { isUp, running, failed, skipped } = this.#service.stats()
    return {
      hits: this.#hits,
      misses: this.#misses,
      waits: this.#waits,
      corrupt: this.#corrupt,
      failed,
      skipped,
      isUp,
      running,
      connections: this.#store.connections(),
    }
  }

  async close(): Promise<void> {
    this.#service.close()
    await this.#store.close()
  }

  /** An outcome that was there from the start is older than the caller's question, and not for it. */
  #foundIn(claim: Claim, key: string, looks: number): StoredAnswer | undefined {
    const nowMs = this.#clock.now()
    if (claim.kind === 'found') {
      const found = decodeAnswer(key, claim.bytes, claim.remainingMs, nowMs)
      if (found === undefined) this.#corrupt++
      else this.#hits++
      return found
    }
    if (claim.kind !== 'ended' || claim.outcome === undefined || looks === 0) return undefined
    const outcome = decodeAnswer(key, claim.outcome, 0, nowMs)
    if (outcome !== undefined) this.#hits++
    return outcome && { ...outcome, madeAtMs: nowMs, ttlMs: 0, source: 'called' }
  }

  /** Once the flight was given up the call has no say any more: it may never end. */
  async #make(
    key: string,
    owner: string,
    call: () => Promise<StoredAnswer>,
    signal: AbortSignal,
  ): Promise<StoredAnswer> {
    const stopRenewing = this.#renewLease(key, owner)
    const end = (made?: StoredAnswer): void => {
      stopRenewing()
      signal.removeEventListener('abort', onAbort)
      // Whoever asked does not wait for it.
      void this.#hand(key, owner, made)
    }
    const onAbort = (): void => end()
    signal.addEventListener('abort', onAbort)
    let made: StoredAnswer | undefined
    try {
      made = await call()
      return made
    } finally {
      if (!signal.aborted) end(made)
    }
  }

  #hand(key: string, owner: string, made?: StoredAnswer): Promise<unknown> {
    const bytes = made?.isForAll === true ? encodeAnswer(key, made) : undefined
    const isShareable = bytes !== undefined && bytes.length <= MAX_SHARED_BYTES
    return this.#service.run(() => {
      if (made === undefined || !isShareable) return this.#store.release(key, owner)
      if (made.ttlMs > 0) return this.#store.publish(key, owner, bytes, made.ttlMs)
      return this.#store.release(key, owner, bytes)
    }, WRITE_TIMEOUT_MS)
  }

  async #remove(key: string): Promise<boolean> {
    const removed = await this.#service.run(() => this.#store.remove(key))
    return removed.kind === 'done'
  }

  #renewLease(key: string, owner: string): Cancel {
    let cancel: Cancel
    const renew = (): void => {
      void this.#service.run(() => this.#store.renew(key, owner, this.#limits.leaseMs), WRITE_TIMEOUT_MS)
      later()
    }
    const later = (): void => {
      cancel = this.#clock.schedule(this.#limits.leaseMs / RENEWALS_PER_LEASE, renew)
    }
    later()
    return () => cancel()
  }

  #wait(looks: number, signal: AbortSignal): Promise<void> {
    if (looks === 0) this.#waits++
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        cancel()
        reject(signal.reason as Error) // the flight aborts with an error
      }
      const cancel = this.#clock.schedule(POLL_MS, () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      })
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}
