import type { Milliseconds } from '../core/clock.ts'

/** Upper ends of the classes of waits, in milliseconds; both the shortest that matters and the longest timeouts lie within. */
export const WAIT_BOUNDS_MS: readonly Milliseconds[] = [1, 5, 10, 50, 100, 500, 1_000, 5_000, 30_000]

/** What is known of all waits so far; everything only ever grows. */
export interface WaitFigures {
  readonly waits: number
  readonly waitMs: Milliseconds
  /** How many lay up to each of WAIT_BOUNDS_MS and above the bound before; the last is beyond all. */
  readonly waitCounts: readonly number[]
}

/** Counts waits by their length: a sum hides whether many waited a little or a few for long. */
export class WaitCounts {
  readonly #counts = Array.from({ length: WAIT_BOUNDS_MS.length + 1 }, () => 0)
  #waits = 0
  #waitMs = 0

  add(waitMs: Milliseconds): void {
    this.#waits++
    this.#waitMs += waitMs
    const found = WAIT_BOUNDS_MS.findIndex((bound) => waitMs <= bound)
    const index = found === -1 ? WAIT_BOUNDS_MS.length : found
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  figures(): WaitFigures {
    return { waits: this.#waits, waitMs: this.#waitMs, waitCounts: [...this.#counts] }
  }
}
