import type { Milliseconds } from '../core/clock.ts'
import type { BackoffOptions } from './backoff.ts'
import { checkOptions } from './option-rules.ts'
import type { QueueRefusal } from './request-queue.ts'

/** How many connections there are, how long one is waited for, and how long each is used. */
export interface ConnectionPoolOptions {
  /** Connections that are kept open; whole, at least 1. */
  readonly size: number
  /** Connections beyond those; whole, 0 or more. */
  readonly maxOverflow: number
  /** Those beyond are closed once there was no use for so many for this long; 0 or more. */
  readonly overflowIdleMs: Milliseconds
  /** Callers that may wait; whole, 0 or more. */
  readonly maxWaiting: number
  /** The longest wait for a connection, the time to open one not included; at least 1. */
  readonly waitTimeoutMs: Milliseconds
  /** Age at which a connection is replaced instead of being handed out again, less up to a tenth; at least 1. */
  readonly recycleMs: Milliseconds
  /** A connection that nobody has used for so long is pinged before it is handed out; 0 or more. */
  readonly pingAfterIdleMs: Milliseconds
  /** Tries to open one connection; whole, at least 1. */
  readonly openAttempts: number
  readonly openBackoff: BackoffOptions
}

/** @throws {RangeError} naming every option out of range; those of the line are left to the queue that keeps it */
export function checkPoolOptions(options: ConnectionPoolOptions): void {
  checkOptions('ConnectionPool', [
    { name: 'size', value: options.size, min: 1, isWhole: true },
    { name: 'maxOverflow', value: options.maxOverflow, min: 0, isWhole: true },
    { name: 'overflowIdleMs', value: options.overflowIdleMs, min: 0 },
    { name: 'recycleMs', value: options.recycleMs, min: 1 },
    { name: 'pingAfterIdleMs', value: options.pingAfterIdleMs, min: 0 },
    { name: 'openAttempts', value: options.openAttempts, min: 1, isWhole: true },
  ])
}

/** Which of the limits turned a caller away, in words. */
export function whyExhausted(options: ConnectionPoolOptions, reason: QueueRefusal): string {
  const { size, maxOverflow, maxWaiting, waitTimeoutMs } = options
  const limit = `${size} connections and ${maxOverflow} beyond are in use`
  return reason === 'queue_full'
    ? `${limit}, and ${maxWaiting} callers wait for one`
    : `${limit}, and none became free within ${waitTimeoutMs / 1_000} s`
}
