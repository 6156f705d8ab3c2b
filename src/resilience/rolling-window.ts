import type { Milliseconds } from '../core/clock.ts'

/** What a window holds at the moment. A call that failed late is both failed and slow. */
export interface WindowCounts {
  readonly calls: number
  readonly failed: number
  readonly slow: number
}

/** The latest results of calls, in bounded memory. */
export interface RollingWindow {
  readonly add: (isFailed: boolean, isSlow: boolean, nowMs: Milliseconds) => void
  readonly counts: (nowMs: Milliseconds) => WindowCounts
  readonly clear: () => void
}

const FAILED = 1
const SLOW = 2

/** The last so many calls: each new one pushes the oldest out. */
export class CountWindow implements RollingWindow {
  /** One byte for each call. */
  readonly #results: Uint8Array
  #next = 0
  #calls = 0
  #failed = 0
  #slow = 0

  /** @param calls whole, at least 1 */
  constructor(calls: number) {
    this.#results = new Uint8Array(calls)
  }

  add(isFailed: boolean, isSlow: boolean): void {
    const oldest = this.#results[this.#next] ?? 0
    this.#failed += Number(isFailed) - (oldest & FAILED)
    this.#slow += Number(isSlow) - (oldest & SLOW) / SLOW
    this.#results[this.#next] = (isFailed ? FAILED : 0) | (isSlow ? SLOW : 0)
    this.#next = (this.#next + 1) % this.#results.length
    this.#calls = Math.min(this.#calls + 1, this.#results.length)
  }

  counts(): WindowCounts {
    return { calls: this.#calls, failed: this.#failed, slow: this.#slow }
  }

  clear(): void {
    this.#results.fill(0)
    this.#next = 0
    this.#calls = 0
    this.#failed = 0
    this.#slow = 0
  }
}

/** Slices of a time window: enough that it moves smoothly, few enough that adding them up costs nothing. */
const SLICES = 10

/**
 * The calls of the last so much time, in ten slices on a fixed grid of the clock. A result is forgotten together with its
 * slice, when the tenth slice after its own begins: after nine tenths of the window at the earliest and the whole at the latest.
 */
export class TimeWindow implements RollingWindow {
  readonly #sliceMs: Milliseconds
  readonly #calls = new Float64Array(SLICES)
  readonly #failed = new Float64Array(SLICES)
  readonly #slow = new Float64Array(SLICES)
  /** The number of the newest slice since the clock's zero; those before it are at their number modulo 10. */
  #newest = Number.NEGATIVE_INFINITY

  /** @param windowMs above 0 */
  constructor(windowMs: Milliseconds) {
    this.#sliceMs = windowMs / SLICES
  }

  add(isFailed: boolean, isSlow: boolean, nowMs: Milliseconds): void {
    this.#forget(nowMs)
    const slice = this.#newest % SLICES
    this.#calls[slice] = (this.#calls[slice] ?? 0) + 1
    this.#failed[slice] = (this.#failed[slice] ?? 0) + Number(isFailed)
    this.#slow[slice] = (this.#slow[slice] ?? 0) + Number(isSlow)
  }

  counts(nowMs: Milliseconds): WindowCounts {
    this.#forget(nowMs)
    return { calls: sum(this.#calls), failed: sum(this.#failed), slow: sum(this.#slow) }
  }

  clear(): void {
    for (const slices of [this.#calls, this.#failed, this.#slow]) slices.fill(0)
  }

  /** On a clock that steps back, time stands still meanwhile. */
  #forget(nowMs: Milliseconds): void {
    const newest = Math.max(0, Math.floor(nowMs / this.#sliceMs))
    if (newest <= this.#newest) return
    for (let slice = Math.max(this.#newest + 1, newest - SLICES + 1); slice <= newest; slice++) {
      for (const slices of [this.#calls, this.#failed, this.#slow]) slices[slice % SLICES] = 0
    }
    this.#newest = newest
  }
}

function sum(slices: Float64Array): number {
  return slices.reduce((total, slice) => total + slice, 0)
}
