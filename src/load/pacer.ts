import type { Milliseconds } from '../core/clock.ts'
import type { Share } from '../core/generator-messages.ts'
import { exponential, type Random } from '../core/random.ts'
import { arrivalsOf, type RateStretch } from '../core/rate-profile.ts'
import type { Arrivals } from '../core/workload.ts'

/** Absorbs the rounding of `rate × duration`: 0.1/s over 30 s is three arrivals, not two. */
const ROUNDING = 1e-9
const MS_PER_S = 1_000

/** What the moments of arrival follow from. */
export interface Schedule {
  readonly stretches: readonly RateStretch[]
  readonly arrivals: Arrivals
  /** Only arrivals whose number leaves this remainder; those of all shares together are the arrivals of one. */
  readonly share: Share
}

/**
 * The intended starts of an open workload, one after the other, each computed from its number or its predecessor alone:
 * how late the sender is never shifts what comes after.
 *
 * Arrivals come when the integral of the rate reaches 0, 1, 2 … (uniform), or the points of a Poisson process of rate 1.
 *
 * @see Lewis & Shedler 1979 on inverting the integral of the rate; Çınlar 1975
 */
export class Pacer {
  readonly #stretches: readonly RateStretch[]
  readonly #share: Share
  readonly #total: number
  /** Undefined for evenly spread arrivals. */
  readonly #random: Random | undefined
  /** Of the arrival that comes next, over all shares. */
  #number = -1
  /** What the integral of the rate is at the arrival that comes next. */
  #integral = -1
  #stretch = 0
  /** What the current stretch adds to the integral of the rate. */
  #withinStretch: number
  #stretchStartMs: Milliseconds = 0
  /** The integral of the rate at the beginning of the current stretch. */
  #integralBefore = 0
  #nextMs: Milliseconds = 0

  /** @param random draws the gaps of a Poisson process; the same seed in every share gives the same arrivals */
  constructor({ stretches, arrivals, share }: Schedule, random: Random) {
    this.#stretches = stretches
    this.#share = share
    this.#random = arrivals === 'poisson' ? random : undefined
    this.#withinStretch = arrivalsIn(stretches[0])
    const total = arrivalsOf(stretches)
    // An even arrival at the very end would belong to the next phase.
    this.#total = arrivals === 'uniform' ? Math.floor(total + ROUNDING) - 1 + ROUNDING : total
    if (this.#random !== undefined) this.#integral = 0
    this.#goOn(share.index + 1)
  }

  /** The next intended start, counted from the start of the phase; Infinity when there is none left. */
  get nextMs(): Milliseconds {
    return this.#nextMs
  }

  /** The number of the next arrival, over all shares, from 0. */
  get number(): number {
    return this.#number
  }

  /** Goes on to the arrival after it. */
  advance(): void {
    this.#goOn(this.#share.of)
  }

  #goOn(arrivals: number): void {
    this.#number += arrivals
    if (this.#random === undefined) this.#integral += arrivals
    else for (let left = arrivals; left > 0; left--) this.#integral += exponential(this.#random, 1)
    this.#nextMs = this.#integral <= this.#total ? this.#timeOf(this.#integral) : Infinity
  }

  #timeOf(integral: number): Milliseconds {
    for (;;) {
      const stretch = this.#stretches[this.#stretch]
      if (stretch === undefined) return Infinity
      if (integral - this.#integralBefore < this.#withinStretch) {
        return this.#stretchStartMs + timeWithin(stretch, integral - this.#integralBefore)
      }
      this.#stretchStartMs += stretch.durationMs
      this.#integralBefore += this.#withinStretch
      this.#withinStretch = arrivalsIn(this.#stretches[++this.#stretch])
    }
  }
}

function arrivalsIn(stretch: RateStretch | undefined): number {
  return stretch === undefined ? 0 : arrivalsOf([stretch])
}

/** When the integral of the rate over a stretch reaches `integral`: the root of `from·t + slope·t²/2 = integral`. */
function timeWithin({ durationMs, fromPerS, toPerS }: RateStretch, integral: number): Milliseconds {
  const slope = ((toPerS - fromPerS) * MS_PER_S) / durationMs
  if (slope === 0) return (integral * MS_PER_S) / fromPerS
  // At the very end of a fall to 0 rounding could take the square below 0.
  const rateThenPerS = Math.sqrt(Math.max(0, fromPerS * fromPerS + 2 * slope * integral))
  return integral === 0 ? 0 : (2 * integral * MS_PER_S) / (fromPerS + rateThenPerS)
}
