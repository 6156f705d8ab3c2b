import type { Milliseconds } from '../core/clock.ts'

/** What the pool must know of a connection. */
export interface PoolableConnection {
  /** False once it is known to be of no use: its peer is gone, or something was cut off in the middle. */
  readonly isUsable: boolean
  readonly isInTransaction: boolean
  /** Rejects when nobody answers. */
  readonly ping: () => Promise<unknown>
  readonly rollBack: () => Promise<unknown>
  /** Resolves when nothing is left of the connection, at its peer neither; never rejects, and takes a bounded time. */
  readonly close: () => Promise<void>
}

/** Opens one connection, within a bounded time. `onLost` tells that an open one has become unusable while it was idle. */
export type OpenConnection<C> = (onLost: () => void) => Promise<C>

/** A connection and what its pool knows of it. */
export interface Pooled<C> {
  readonly connection: C
  readonly expiresAtMs: Milliseconds
  idleSinceMs: Milliseconds
}

/** One connection in somebody's hands. */
export interface Lease<C> {
  readonly connection: C
  /** Gives the connection back; again does nothing. A transaction left open is rolled back. */
  readonly release: () => void
}

/** Nobody gave a connection back in time, or too many wait for one already. */
export class PoolExhaustedError extends Error {
  override readonly name = 'PoolExhaustedError'
}

/** The pool gives nothing out any more. */
export class PoolClosedError extends Error {
  override readonly name = 'PoolClosedError'
}
