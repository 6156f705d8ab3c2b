import type { Milliseconds } from '../core/clock.ts'
import { exponential, type Random } from '../core/random.ts'
import type { OpenWorkload } from '../core/workload.ts'

/** Absorbs the rounding of `rate × duration`: 0.1/s over 30 s is three arrivals, not two. */
const ROUNDING = 1e-9

/**
 * The intended starts of an open workload, one after the other, each computed from its number or its predecessor alone:
 * how late the sender is never shifts what comes after.
 */
export interface Pacer {
  /** The next intended start, counted from the start of the phase; Infinity when there is none left. */
  readonly nextMs: Milliseconds
  /** Goes on to the arrival after it. */
  readonly advance: () => void
}

/** The arrivals of `workload` in `[0, durationMs)`; evenly spread ones are exactly floor(rate × duration). */
export function createPacer(workload: OpenWorkload, durationMs: Milliseconds, random: Random): Pacer {
  switch (workload.arrivals) {
    case 'uniform':
      return new UniformPacer(workload.ratePerS, durationMs)
    case 'poisson':
      return new PoissonPacer(workload.ratePerS, durationMs, random)
  }
}

class UniformPacer implements Pacer {
  readonly #gapMs: Milliseconds
  readonly #arrivals: number
  #number = 0

  constructor(ratePerS: number, durationMs: Milliseconds) {
    this.#gapMs = 1_000 / ratePerS
    this.#arrivals = Math.floor((ratePerS * durationMs) / 1_000 + ROUNDING)
  }

  get nextMs(): Milliseconds {
    return this.#number < this.#arrivals ? this.#number * this.#gapMs : Infinity
  }

  advance(): void {
    this.#number++
  }
}

class PoissonPacer implements Pacer {
  readonly #meanGapMs: Milliseconds
  readonly #durationMs: Milliseconds
  readonly #random: Random
  #nextMs: Milliseconds = 0

  constructor(ratePerS: number, durationMs: Milliseconds, random: Random) {
    this.#meanGapMs = 1_000 / ratePerS
    this.#durationMs = durationMs
    this.#random = random
    this.advance()
  }

  get nextMs(): Milliseconds {
    return this.#nextMs < this.#durationMs ? this.#nextMs : Infinity
  }

  advance(): void {
    this.#nextMs += exponential(this.#random, this.#meanGapMs)
  }
}
