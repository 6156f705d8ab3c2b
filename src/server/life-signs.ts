import type { Milliseconds } from '../core/clock.ts'

/** How often a process looks at the life signs of others. */
export const LOOK_INTERVAL_MS: Milliseconds = 250

/** A look that comes later than this was held up, and with it everything that was to be heard. */
const LONGEST_GAP_MS: Milliseconds = 2 * LOOK_INTERVAL_MS

/** Workers send a sign of life so often, */
const LONGEST_SIGN_INTERVAL_MS: Milliseconds = 1_000
/** and more often where the timeout is short: one late sign must not kill. */
const SIGNS_PER_TIMEOUT = 4

/** How often a worker gives a sign of life when it is killed after `timeoutMs` without one. */
export function signIntervalMs(timeoutMs: Milliseconds): Milliseconds {
  return Math.min(LONGEST_SIGN_INTERVAL_MS, timeoutMs / SIGNS_PER_TIMEOUT)
}

/**
 * The time in which this process itself was awake. Silence is measured in it: when the machine was suspended, or this process
 * was stopped or starved, nobody else is to blame that nothing was heard.
 */
export class AwakeTime {
  #lastLookMs: Milliseconds
  #awakeMs: Milliseconds = 0

  constructor(nowMs: Milliseconds) {
    this.#lastLookMs = nowMs
  }

  /** Up to the last look. */
  get nowMs(): Milliseconds {
    return this.#awakeMs
  }

  /** To be called every LOOK_INTERVAL_MS; of a longer gap only the first 500 ms count. */
  look(nowMs: Milliseconds): void {
    this.#awakeMs += Math.min(nowMs - this.#lastLookMs, LONGEST_GAP_MS)
    this.#lastLookMs = nowMs
  }
}
