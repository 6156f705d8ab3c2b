import type { Milliseconds } from '../../core/clock.ts'

/** What is there for a key, or whose turn it is to make it. */
export type Claim =
  | { readonly kind: 'found'; readonly bytes: Buffer; readonly remainingMs: Milliseconds }
  /** Nothing is there: the caller makes it, and says so with `publish` or `release`. */
  | { readonly kind: 'granted' }
  /** Somebody makes it. */
  | { readonly kind: 'held' }
  /** Somebody has just tried to make it; undefined when nothing came of it that others could use. */
  | { readonly kind: 'ended'; readonly outcome: Buffer | undefined }

/**
 * Bytes by key for all processes of a service, and a lease on each key, so that one process makes what all need. A lease ends
 * by itself when its owner does not renew it, for example because it was killed.
 *
 * Keys are digests in base64url. An owner is a text that nobody else uses. Everything rejects when the store does not work.
 */
export interface CacheStore {
  /** Finds the value, or tries to get the lease. */
  readonly claim: (key: string, owner: string, leaseMs: Milliseconds) => Promise<Claim>
  /** Makes a lease last for `leaseMs` from now; does nothing when it is no longer the owner's. */
  readonly renew: (key: string, owner: string, leaseMs: Milliseconds) => Promise<void>
  /** Stores a value and gives the lease up. */
  readonly publish: (key: string, owner: string, bytes: Buffer, ttlMs: Milliseconds) => Promise<void>
  /**
   * Gives the lease up without a value.
   *
   * @param outcome what those who wait get instead, for `ENDED_MS`
   */
  readonly release: (key: string, owner: string, outcome?: Buffer) => Promise<void>
  /** Removes a value, which was no good. */
  readonly remove: (key: string) => Promise<void>
  /** Resolves when the store works. */
  readonly check: () => Promise<void>
  /** Gives up everything under way, because the store does not answer. */
  readonly drop: () => void
  /** The store is there, and would not do this one thing: it is full, for example. */
  readonly isRefusal: (error: unknown) => boolean
  /** Connections open now; 0 for files. */
  readonly connections: () => number
  readonly close: () => Promise<void>
}

/** How long the outcome of a lease is there for those who waited for it; many times the time between two of their looks, because these may be late. */
export const ENDED_MS: Milliseconds = 1_000
