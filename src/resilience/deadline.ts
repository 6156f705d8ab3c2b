import type { Clock, Milliseconds } from '../core/clock.ts'
import { checkOptions } from './option-rules.ts'

/** How late a deadline may be noticed: well below the second in which deadlines are given. */
export const DEFAULT_SWEEP_MS = 50

/** One deadline that was added to a sweep. */
export interface Deadline {
  /** Whether the time is up, noticed or not. */
  readonly isDue: () => boolean
  /** How long it still is until then; negative afterwards. */
  readonly remainingMs: () => Milliseconds
  /** Forgets the deadline; does nothing once it was called back or cancelled. */
  readonly cancel: () => void
}

/**
 * Many deadlines on one coarse task of the clock, instead of a timer for each.
 *
 * Calls back at the deadline or up to one sweep later, never before. Adding and cancelling take constant time. The
 * task runs only while there are deadlines; after the last one went it ends by itself within one sweep, so that
 * a server with one request at a time does not start and stop a timer for each.
 */
export class DeadlineSweep {
  readonly #clock: Clock
  readonly #sweepMs: Milliseconds
  readonly #pending = new Set<PendingDeadline>()
  /** No deadline falls due before this; may be too early after a cancel, never too late. */
  #earliestMs: Milliseconds = Number.POSITIVE_INFINITY
  #isScheduled = false

  /**
   * @param sweepMs time between two looks at the deadlines; at least 1
   * @throws {RangeError} when `sweepMs` is out of range
   */
  constructor(clock: Clock, sweepMs: Milliseconds = DEFAULT_SWEEP_MS) {
    checkOptions('DeadlineSweep', [{ name: 'sweepMs', value: sweepMs, min: 1 }])
    this.#clock = clock
    this.#sweepMs = sweepMs
  }

  /** Deadlines that were neither called back nor cancelled. */
  get size(): number {
    return this.#pending.size
  }

  /** Calls `onDue` once, `delayMs` (0 or more) from now at the earliest. */
  add(delayMs: Milliseconds, onDue: () => void): Deadline {
    const deadline = new PendingDeadline(this.#clock, this.#clock.now() + delayMs, onDue, this.#pending)
    this.#pending.add(deadline)
    this.#earliestMs = Math.min(this.#earliestMs, deadline.dueMs)
    this.#schedule()
    return deadline
  }

  /** Calls all of them back now, the earliest first, as if their time were up. */
  expireAll(): void {
    for (const deadline of [...this.#pending].sort(byTime)) deadline.callBack()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#pending.size === 0) return
    this.#isScheduled = true
    this.#clock.schedule(this.#sweepMs, this.#sweep)
  }

  readonly #sweep = (): void => {
    this.#isScheduled = false
    this.#schedule()
    const nowMs = this.#clock.now()
    if (nowMs < this.#earliestMs) return
    // Collected before any is called, because a callback may add and cancel. Until all were called, the next sweep
    // must look again: when one throws, the turn of those after it comes then.
    this.#earliestMs = nowMs
    const due: PendingDeadline[] = []
    let nextEarliestMs = Number.POSITIVE_INFINITY
    for (const deadline of this.#pending) {
      if (deadline.dueMs <= nowMs) due.push(deadline)
      else nextEarliestMs = Math.min(nextEarliestMs, deadline.dueMs)
    }
    if (due.length === 0) this.#earliestMs = nextEarliestMs
    due.sort(byTime)
    for (const deadline of due) deadline.callBack()
  }
}

function byTime(left: PendingDeadline, right: PendingDeadline): number {
  return left.dueMs - right.dueMs
}

class PendingDeadline implements Deadline {
  readonly dueMs: Milliseconds
  readonly #clock: Clock
  readonly #onDue: () => void
  readonly #pending: Set<PendingDeadline>

  constructor(clock: Clock, dueMs: Milliseconds, onDue: () => void, pending: Set<PendingDeadline>) {
    this.#clock = clock
    this.dueMs = dueMs
    this.#onDue = onDue
    this.#pending = pending
  }

  isDue(): boolean {
    return this.#clock.now() >= this.dueMs
  }

  remainingMs(): Milliseconds {
    return this.dueMs - this.#clock.now()
  }

  cancel(): void {
    this.#pending.delete(this)
  }

  callBack(): void {
    if (this.#pending.delete(this)) this.#onDue()
  }
}
