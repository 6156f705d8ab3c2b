/** A span or a point of monotonic time in milliseconds; fractional. */
export type Milliseconds = number

/** Stops what was scheduled; calling it again, or after it ran, does nothing. */
export type Cancel = () => void

/**
 * Monotonic time as an argument, so that state machines are tested without waiting.
 *
 * `now` never goes backwards and has no relation to the time of day. Fake clocks start at 1 000, because
 * lru-cache never expires an entry set at 0.
 */
export interface Clock {
  readonly now: () => Milliseconds
  /** Runs `task` once after `delayMs` (0 or more). The real clock does not keep the process alive for it. */
  readonly schedule: (delayMs: Milliseconds, task: () => void) => Cancel
}
