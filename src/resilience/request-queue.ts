import type { Milliseconds } from '../core/clock.ts'
import type { Deadline, DeadlineSweep } from './deadline.ts'
import { checkOptions } from './option-rules.ts'
import type { OptionRule } from './option-rules.ts'

/** How many requests run, how many wait, and how long. */
export interface RequestQueueOptions {
  /** Requests that run at the same time; whole, at least 1. */
  readonly concurrency: number
  /** Requests that may wait for one that runs; whole, 0 or more. */
  readonly capacity: number
  /** The longest wait; at least 1. */
  readonly waitTimeoutMs: Milliseconds
  /**
   * Once somebody has waited for so long the newest goes first, until nobody has any more; at least 1. Without it, or from
   * `waitTimeoutMs` on, the order is always that of arrival.
   */
  readonly newestFirstAfterMs?: Milliseconds
}

/** Why a request was turned away: nowhere to wait, or waited too long. */
export type QueueRefusal = 'queue_full' | 'queue_timeout'

/** The place of one request in the queue; each of the two ways out works once, and only from its own state. */
export interface QueueTicket {
  /** Leaves the line: neither callback is called any more. Does nothing when the request runs already or is gone. */
  cancel(): void
  /** Gives the slot of a running request to the next in line. Does nothing when the request does not run. */
  release(): void
}

/** A snapshot; what was admitted and refused only ever grows. */
export interface RequestQueueStats {
  readonly running: number
  readonly waiting: number
  /** Requests that have got a slot since the start. */
  readonly admitted: number
  readonly refused: Readonly<Record<QueueRefusal, number>>
}

/**
 * Admission to a server: at most `concurrency` requests run, at most `capacity` wait, none longer than `waitTimeoutMs`.
 * Admission with a free slot allocates one small ticket, no promise and no timer.
 *
 * The order is that of arrival while waits are short. In an overload that would have everybody wait until his answer is of no
 * use any more, so then the newest goes first (`newestFirstAfterMs`), and where there is no room for him he takes that of
 * the one who has waited longest. A few lose then, instead of all; and newcomers find normal waits as soon as the overload
 * is over, while those left behind get what is free, within their time.
 *
 * @see Maurer, "Fail at Scale", ACM Queue 13(8), 2015: adaptive LIFO
 */
export class RequestQueue {
  readonly #deadlines: DeadlineSweep
  readonly #waitTimeoutMs: Milliseconds
  readonly #newestFirstAfterMs: Milliseconds
  readonly #refused: Record<QueueRefusal, number> = { queue_full: 0, queue_timeout: 0 }
  #concurrency: number
  #capacity: number
  #running = 0
  #waiting = 0
  #admitted = 0
  #head: Ticket | undefined
  #tail: Ticket | undefined
  #isPromoting = false

  /** @throws {RangeError} naming every option out of range */
  constructor(options: RequestQueueOptions, deadlines: DeadlineSweep) {
    checkOptions('RequestQueue', [
      ...sizeRules(options.concurrency, options.capacity),
      { name: 'waitTimeoutMs', value: options.waitTimeoutMs, min: 1 },
      { name: 'newestFirstAfterMs', value: options.newestFirstAfterMs ?? 1, min: 1 },
    ])
    this.#concurrency = options.concurrency
    this.#capacity = options.capacity
    this.#waitTimeoutMs = options.waitTimeoutMs
    this.#newestFirstAfterMs = options.newestFirstAfterMs ?? Number.POSITIVE_INFINITY
    this.#deadlines = deadlines
  }

  /**
   * Asks for a slot. Exactly one of the callbacks is called, before this returns or later, unless the ticket is
   * cancelled first. `onAdmitted` starts the work, which must end with `ticket.release()`; when it throws, the slot is
   * released and the error goes on to whoever called.
   */
  admit(onAdmitted: (ticket: QueueTicket) => void, onRefused: (reason: QueueRefusal) => void): QueueTicket {
    const ticket = new Ticket(onAdmitted, onRefused, this.#leave)
    if (this.#running < this.#concurrency && this.#waiting === 0) this.#start(ticket)
    else if (this.#waiting < this.#capacity) this.#append(ticket)
    else this.#admitToFull(ticket)
    return ticket
  }

  /**
   * Changes the sizes while requests run and wait. Smaller: nobody is dropped, newcomers are refused until there is room.
   * Larger: waiters start at once.
   *
   * @throws {RangeError} naming every size out of range; nothing changed then
   */
  resize(concurrency: number, capacity: number): void {
    checkOptions('RequestQueue', sizeRules(concurrency, capacity))
    this.#concurrency = concurrency
    this.#capacity = capacity
    this.#promote()
  }

  /** Requests that may run at the same time now. */
  get concurrency(): number {
    return this.#concurrency
  }

  stats(): RequestQueueStats {
    const { queue_full, queue_timeout } = this.#refused
    return {
      running: this.#running,
      waiting: this.#waiting,
      admitted: this.#admitted,
      refused: { queue_full, queue_timeout },
    }
  }

  /** The way out of a ticket that waits or runs. */
  readonly #leave = (ticket: Ticket): void => {
    if (ticket.state === 'waiting') this.#unlink(ticket)
    else this.#running--
    ticket.state = 'gone'
    this.#promote()
  }

  #start(ticket: Ticket): void {
    ticket.state = 'running'
    this.#running++
    this.#admitted++
    let isStarted = false
    try {
      ticket.onAdmitted(ticket)
      isStarted = true
    } finally {
      if (!isStarted) ticket.release()
    }
  }

  /** Nobody goes for a newcomer while more wait than there is room for: the queue was made smaller. */
  #admitToFull(ticket: Ticket): void {
    const oldest = this.#head
    if (oldest === undefined || this.#waiting > this.#capacity || !this.#isNewestFirst(oldest)) {
      return this.#refuse(ticket, 'queue_full')
    }
    this.#unlink(oldest)
    this.#append(ticket)
    this.#refuse(oldest, 'queue_full')
  }

  #isNewestFirst(oldest: Ticket): boolean {
    if (this.#newestFirstAfterMs >= this.#waitTimeoutMs || oldest.deadline === undefined) return false
    return this.#waitTimeoutMs - oldest.deadline.remainingMs() >= this.#newestFirstAfterMs
  }

  #refuse(ticket: Ticket, reason: QueueRefusal): void {
    ticket.state = 'gone'
    this.#refused[reason]++
    ticket.onRefused(reason)
  }

  #append(ticket: Ticket): void {
    ticket.previous = this.#tail
    if (this.#tail === undefined) this.#head = ticket
    else this.#tail.next = ticket
    this.#tail = ticket
    this.#waiting++
    ticket.deadline = this.#deadlines.add(this.#waitTimeoutMs, () => {
      this.#unlink(ticket)
      this.#refuse(ticket, 'queue_timeout')
    })
  }

  #unlink(ticket: Ticket): void {
    ticket.deadline?.cancel()
    if (ticket.previous === undefined) this.#head = ticket.next
    else ticket.previous.next = ticket.next
    if (ticket.next === undefined) this.#tail = ticket.previous
    else ticket.next.previous = ticket.previous
    this.#waiting--
  }

  /** A loop, not a recursion, when admitted work ends at once: a long line must not become a deep stack. */
  #promote(): void {
    if (this.#isPromoting) return
    this.#isPromoting = true
    try {
      while (this.#head !== undefined && this.#running < this.#concurrency) {
        this.#promoteOne(this.#isNewestFirst(this.#head) ? (this.#tail ?? this.#head) : this.#head)
      }
    } finally {
      this.#isPromoting = false
      // Only after a callback threw: its error must not leave the others waiting beside a free slot.
      if (this.#head !== undefined && this.#running < this.#concurrency) this.#promote()
    }
  }

  #promoteOne(ticket: Ticket): void {
    const isOverdue = ticket.deadline?.isDue() === true
    this.#unlink(ticket)
    if (isOverdue) this.#refuse(ticket, 'queue_timeout')
    else this.#start(ticket)
  }
}

function sizeRules(concurrency: number, capacity: number): readonly OptionRule[] {
  return [
    { name: 'concurrency', value: concurrency, min: 1, isWhole: true },
    { name: 'capacity', value: capacity, min: 0, isWhole: true },
  ]
}

class Ticket implements QueueTicket {
  readonly onAdmitted: (ticket: QueueTicket) => void
  readonly onRefused: (reason: QueueRefusal) => void
  readonly #leave: (ticket: Ticket) => void
  state: 'waiting' | 'running' | 'gone' = 'waiting'
  deadline: Deadline | undefined
  previous: Ticket | undefined
  next: Ticket | undefined

  constructor(
    onAdmitted: (ticket: QueueTicket) => void,
    onRefused: (reason: QueueRefusal) => void,
    leave: (ticket: Ticket) => void,
  ) {
    this.onAdmitted = onAdmitted
    this.onRefused = onRefused
    this.#leave = leave
  }

  cancel(): void {
    if (this.state === 'waiting') this.#leave(this)
  }

  release(): void {
    if (this.state === 'running') this.#leave(this)
  }
}
