import type { Milliseconds } from '../core/clock.ts'

/** Workers that end so often before they served anything will not serve at the next try either. */
const MAX_FAILED_STARTS = 5
const WINDOW_MS: Milliseconds = 10_000
const BASE_DELAY_MS: Milliseconds = 100
const DELAY_CAP_MS: Milliseconds = 5_000

/** Remembers the workers that ended before they served, so that starting them again does not become a storm. */
export class FailedStarts {
  #atMs: Milliseconds[] = []

  /** @param nowMs monotonic, here and below */
  add(nowMs: Milliseconds): void {
    this.#atMs.push(nowMs)
    this.#forget(nowMs)
  }

  /** Whether five have failed within the last ten seconds. */
  isHopeless(nowMs: Milliseconds): boolean {
    this.#forget(nowMs)
    return this.#atMs.length >= MAX_FAILED_STARTS
  }

  /** After a failed start the next one waits 100 ms, and twice as long for each further one within ten seconds, up to 5 s. */
  mayStart(nowMs: Milliseconds): boolean {
    this.#forget(nowMs)
    const lastMs = this.#atMs.at(-1)
    if (lastMs === undefined) return true
    return nowMs - lastMs >= Math.min(DELAY_CAP_MS, BASE_DELAY_MS * 2 ** (this.#atMs.length - 1))
  }

  /** What is started from now on is something else. */
  clear(): void {
    this.#atMs = []
  }

  #forget(nowMs: Milliseconds): void {
    this.#atMs = this.#atMs.filter((atMs) => nowMs - atMs < WINDOW_MS)
  }
}
