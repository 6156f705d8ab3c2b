import type { Milliseconds } from '../core/clock.ts'

/** Timers are exact to about a millisecond: from here on only spinning is on time. */
const SPIN_BELOW_MS: Milliseconds = 2

/** Wakes its owner at one moment after the other; between two calls the process always gets to read what has arrived. */
export class Alarm {
  readonly #onDue: () => void
  readonly #maySpin: boolean
  #atMs: Milliseconds = Infinity
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined

  /** @param maySpin uses the CPU for up to 2 ms before each moment, and is exact to some µs; otherwise to 1 ms or so */
  constructor(onDue: () => void, maySpin: boolean) {
    this.#onDue = onDue
    this.#maySpin = maySpin
  }

  /** When it wakes; Infinity when it is not set. */
  get atMs(): Milliseconds {
    return this.#atMs
  }

  /** @param atMs a moment of `performance.now()` in place of the one before; soon when it is over, never when Infinity */
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
    if (this.#atMs === Infinity) return
    const aheadMs = this.#atMs - performance.now()
    if (aheadMs <= 0 || (this.#maySpin && aheadMs < SPIN_BELOW_MS)) this.#immediate = setImmediate(this.#check)
    else this.#timer = setTimeout(this.#check, this.#maySpin ? aheadMs - SPIN_BELOW_MS : aheadMs)
  }

  readonly #check = (): void => {
    if (performance.now() < this.#atMs) {
      this.#arm()
      return
    }
    this.#atMs = Infinity
    this.#onDue()
  }
}
