import { checkOptions } from './option-rules.ts'

/** From which shares on a process is overloaded, 0 to 1; 0: this one does not count. */
export interface PressureLimits {
  /** Share of its time in which the event loop is busy. */
  readonly loopFraction: number
  /** Share of its memory that is used. */
  readonly memoryFraction: number
}

/** One look at a process. NaN: it could not be found out. */
export interface PressureLook {
  /** Since the look before, not since the start: an average over hours notices nothing. */
  readonly loopFraction: number
  readonly memoryFraction: number
}

/** What is short. */
export type PressureReason = 'event_loop' | 'memory'

/** Relief must be clear, by this share, and last for so many looks: otherwise it goes on and off with each look. */
const RELIEF_MARGIN = 0.1
const RELIEF_LOOKS = 2

/**
 * Whether a process is overloaded. It is from the first look at which a limit is reached, or at which nothing could be found
 * out, because a loop that is blocked cannot measure itself; and until all were clearly below their limits twice in a row.
 */
export class Pressure {
  readonly #limits: PressureLimits
  #reason: PressureReason | undefined
  #calmLooks = 0
  #hasPass = false

  /** @throws {RangeError} naming every limit out of range */
  constructor(limits: PressureLimits) {
    checkOptions('Pressure', [
      { name: 'loopFraction', value: limits.loopFraction, min: 0, max: 1 },
      { name: 'memoryFraction', value: limits.memoryFraction, min: 0, max: 1 },
    ])
    this.#limits = limits
  }

  /** Undefined: there is none. */
  get reason(): PressureReason | undefined {
    return this.#reason
  }

  /**
   * Whether one request may pass all the same: one after each look while memory is short, but not at once. Memory is given back
   * only while something is allocated, so that without any requests it could stay short for ever.
   */
  takePass(): boolean {
    const hasPass = this.#hasPass
    this.#hasPass = false
    return hasPass
  }

  look({ loopFraction, memoryFraction }: PressureLook): void {
    const limits = this.#limits
    const reached = (factor: number): PressureReason | undefined => {
      if (isReached(loopFraction, limits.loopFraction * factor)) return 'event_loop'
      return isReached(memoryFraction, limits.memoryFraction * factor) ? 'memory' : undefined
    }
    const before = this.#reason
    const reason = reached(1)
    if (reason !== undefined) {
      this.#reason = reason
      this.#calmLooks = 0
    } else if (reached(1 - RELIEF_MARGIN) !== undefined) this.#calmLooks = 0
    else if (++this.#calmLooks >= RELIEF_LOOKS) this.#reason = undefined
    this.#hasPass = before === 'memory' && this.#reason === 'memory'
  }
}

function isReached(fraction: number, limit: number): boolean {
  return limit > 0 && (Number.isNaN(fraction) || fraction >= limit)
}
