import type { Milliseconds } from '../core/clock.ts'
import type { Deadline, DeadlineSweep } from './deadline.ts'
import { checkOptions } from './option-rules.ts'

/** How many may wait for one flight, and for how long. */
export interface SingleFlightOptions {
  /** Callers that may wait for one flight besides the one that started it; whole, 0 or more. */
  readonly maxWaiters: number
  /** A flight that takes longer fails for all its callers and makes room for a new one; at least 1. */
  readonly timeoutMs: Milliseconds
}

/** What a landed flight brought. */
export type Landing<V> =
  | { readonly kind: 'value'; readonly value: V }
  | { readonly kind: 'error'; readonly error: unknown }

/** One caller's seat in a flight, or no seat when too many wait already. */
export type FlightSeat<V> =
  | {
      /** The leader is the caller whose call started the work; nothing else sets it apart. */
      readonly role: 'leader' | 'follower'
      /** The same promise for all callers. Whoever left may drop it: its rejection is never reported as unhandled. */
      readonly result: Promise<V>
      /** Gives the seat up; again does nothing. When all gave up, the work's signal aborts and the key is free. */
      readonly leave: () => void
    }
  | { readonly role: 'refused' }

/** The error of all callers of a flight that took too long. */
export class FlightTimeoutError extends Error {
  override readonly name = 'FlightTimeoutError'
}

/** The reason of the work's signal when nobody waits any more. */
export class FlightAbandonedError extends Error {
  override readonly name = 'FlightAbandonedError'
}

/**
 * Runs work once per key, however many ask for it at the same time.
 *
 * The work belongs to no caller: it goes on when the one that started it leaves, and stops when all have left. A
 * failure is the failure of all its callers, once; nobody repeats the call on behalf of the others.
 */
export class SingleFlight<V> {
  readonly #maxWaiters: number
  readonly #timeoutMs: Milliseconds
  readonly #deadlines: DeadlineSweep
  readonly #onLanded: ((key: string, landing: Landing<V>) => void) | undefined
  readonly #flights = new Map<string, Flight<V>>()

  /**
   * @param onLanded called before the callers continue, and only for flights still current: not after `detach`, a
   *   timeout, or when all callers left
   * @throws {RangeError} naming every option out of range
   */
  constructor(
    { maxWaiters, timeoutMs }: SingleFlightOptions,
    deadlines: DeadlineSweep,
    onLanded?: (key: string, landing: Landing<V>) => void,
  ) {
    checkOptions('SingleFlight', [
      { name: 'maxWaiters', value: maxWaiters, min: 0, isWhole: true },
      { name: 'timeoutMs', value: timeoutMs, min: 1 },
    ])
    this.#maxWaiters = maxWaiters
    this.#timeoutMs = timeoutMs
    this.#deadlines = deadlines
    this.#onLanded = onLanded
  }

  /** Keys with a flight that newcomers would join. */
  get size(): number {
    return this.#flights.size
  }

  /** Whether a newcomer would join a flight. */
  has(key: string): boolean {
    return this.#flights.has(key)
  }

  /** Joins the flight of the key, or starts one. */
  run(key: string, start: (signal: AbortSignal) => Promise<V>): FlightSeat<V> {
    const current = this.#flights.get(key)
    if (current === undefined) return seat(this.#depart(key, start), 'leader')
    return current.callers > this.#maxWaiters ? { role: 'refused' } : seat(current, 'follower')
  }

  /** Lets the flight of the key go on for its callers, but nobody joins it any more. */
  detach(key: string): void {
    this.#flights.delete(key)
  }

  /** `detach` for all keys. */
  detachAll(): void {
    this.#flights.clear()
  }

  #depart(key: string, start: (signal: AbortSignal) => Promise<V>): Flight<V> {
    const flight = new Flight<V>((landing) => {
      if (this.#flights.get(key) !== flight) return
      this.#flights.delete(key)
      if (landing !== undefined) this.#onLanded?.(key, landing)
    })
    this.#flights.set(key, flight)
    flight.depart(start, this.#deadlines, this.#timeoutMs)
    return flight
  }
}

function seat<V>(flight: Flight<V>, role: 'leader' | 'follower'): FlightSeat<V> {
  flight.callers++
  let isTaken = true
  const leave = (): void => {
    if (!isTaken) return
    isTaken = false
    flight.callers--
    if (flight.callers === 0) flight.stop(new FlightAbandonedError('all callers of the shared call left'))
  }
  return { role, result: flight.result, leave }
}

class Flight<V> {
  readonly result: Promise<V>
  callers = 0
  readonly #settle: { readonly resolve: (value: V) => void; readonly reject: (error: unknown) => void }
  readonly #abort = new AbortController()
  readonly #onOver: (landing: Landing<V> | undefined) => void
  #deadline: Deadline | undefined
  #isOver = false

  /** @param onOver called once, when the flight landed, or without a landing when it was stopped */
  constructor(onOver: (landing: Landing<V> | undefined) => void) {
    const { promise, resolve, reject } = Promise.withResolvers<V>()
    // Callers may have left without a handler.
    promise.catch(() => undefined)
    this.result = promise
    this.#settle = { resolve, reject }
    this.#onOver = onOver
  }

  depart(start: (signal: AbortSignal) => Promise<V>, deadlines: DeadlineSweep, timeoutMs: Milliseconds): void {
    this.#deadline = deadlines.add(timeoutMs, () =>
      this.stop(new FlightTimeoutError(`the shared call took longer than ${timeoutMs} ms`)),
    )
    const work = new Promise<V>((resolve) => resolve(start(this.#abort.signal)))
    // What onOver throws becomes the error of the callers: they must not wait for ever.
    const landed = work.then(
      (value) => {
        this.#end({ kind: 'value', value })
        return value
      },
      (error: unknown) => {
        this.#end({ kind: 'error', error })
        throw error
      },
    )
    // Not resolve(landed): a promise that follows another can no longer be rejected by stop().
    landed.then(this.#settle.resolve, this.#settle.reject)
  }

  stop(error: Error): void {
    if (this.#isOver) return
    this.#settle.reject(error)
    this.#end(undefined)
    this.#abort.abort(error)
  }

  #end(landing: Landing<V> | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#deadline?.cancel()
    this.#onOver(landing)
  }
}
