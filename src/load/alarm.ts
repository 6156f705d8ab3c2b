import { performance } from 'node:perf_hooks'

import type { Milliseconds } from '../core/clock.ts'
import { spinUntil } from './spin.ts'

/** Timers are exact to about a millisecond: from here on only spinning is on time. */
const SPIN_BELOW_MS: Milliseconds = 2
/**
 * How long it spins before it lets the process read again: each turn of the event loop leaves something behind for the
 * collector, which would have to come again and again for a turn every microsecond.
 */
const READ_EVERY_MS: Milliseconds = 0.02

/** Wakes its owner at one moment after the other; between two calls the process always gets to read what has arrived. */
export class Alarm {
  readonly #onDue: () => void
  readonly #maySpin: boolean
  readonly #isAwaiting: () => boolean
  #atMs: Milliseconds = Infinity
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined

  /**
   * @param maySpin uses the CPU for up to 2 ms before each moment, and is exact to some µs; otherwise to 1 ms or so
   * @param isAwaiting something may come in meanwhile: it spins all the time then, where it may, because a virtual CPU that
   *   sleeps takes long to wake, and answers would seem to have taken as much longer
   */
  constructor(onDue: () => void, maySpin: boolean, isAwaiting: () => boolean = () => false) {
    this.#onDue = onDue
    this.#maySpin = maySpin
    this.#isAwaiting = isAwaiting
  }

  /** When it wakes; Infinity when it is not set. */
  get atMs(): Milliseconds {
    return this.#atMs
  }

  /**
   * @param atMs a moment of `performance.now()` in place of the one before; soon when it is over, never when Infinity: it only
   *   spins then, as long as something may come in
   */
  set(atMs: Milliseconds): void {
    this.cancel()
    this.#atMs = atMs
    this.#arm()
  }

  cancel(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    this.#atMs = Infinity
  }

  #arm(): void {
    const aheadMs = this.#atMs - performance.now()
    const spins = this.#maySpin && (aheadMs < SPIN_BELOW_MS || this.#isAwaiting())
    if (aheadMs <= 0 || spins) this.#immediate = setImmediate(this.#check)
    else if (aheadMs < Infinity)
      this.#timer = setTimeout(this.#check, this.#maySpin ? aheadMs - SPIN_BELOW_MS : aheadMs)
  }

  readonly #check = (): void => {
    const readMs = Math.min(this.#atMs, performance.now() + (this.#maySpin ? READ_EVERY_MS : 0))
    spinUntil(readMs)
    if (readMs < this.#atMs) {
      this.#arm()
      return
    }
    this.#atMs = Infinity
    this.#onDue()
  }
}
