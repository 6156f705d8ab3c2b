import type { Clock, Milliseconds } from '../core/clock.ts'
import { checkOptions } from './option-rules.ts'

/** Between which bounds the limit is sought. */
export interface AdaptiveLimitOptions {
  /** The limit never falls below it; whole, at least 1. */
  readonly min: number
  /** Nor rises above it; whole, at least `min`. */
  readonly max: number
}

/** What became of work: its time tells something, it took too long or was turned away, or it tells nothing. */
export type WorkOutcome = 'done' | 'dropped' | 'ignored'

/** Work that has begun. */
export interface WorkSample {
  readonly startedAtMs: Milliseconds
  readonly epoch: number
}

/** A limit is judged by at least so much work, over at least so long. */
const WINDOW_SAMPLES = 20
const WINDOW_MS: Milliseconds = 250
/** Work may take so many times as long as without company before the limit falls. */
const TOLERANCE = 1.5
/** No window changes the limit by more than half. */
const MIN_GRADIENT = 0.5
const DROP_FACTOR = 0.9
/** Some work is always dropped; beyond this share there is too much of it. */
const MAX_DROPPED_SHARE = 0.1
/** How fast the time without company may rise. */
const BASELINE_WEIGHT = 0.2

/**
 * Finds how many requests may run at the same time: as many as do not slow each other down.
 *
 * The mean time of each window of work is compared with that of work that had little company. Longer than `TOLERANCE`
 * times that, and the limit falls in proportion; otherwise it rises by the root of itself, but only where at least half of it
 * was used. Where more than a tenth was dropped it falls whatever the time: when everything runs into the same timeout, times
 * look steady.
 *
 * The search begins at the floor, because a crowd would hide how long work takes without it. That time falls with any window,
 * and rises only with windows that used less than half of the limit or ran at the floor: a busy server must not take its own
 * slowness for normal. Nobody has to be turned away for that. Work that began under another limit tells nothing of this one.
 *
 * @see Netflix concurrency-limits, Gradient2Limit, for the gradient; its issues 137 and 134 for what is different here
 */
export class AdaptiveLimit {
  readonly #min: number
  readonly #max: number
  readonly #clock: Clock
  #exact: number
  #epoch = 0
  #running = 0
  /** Undefined until there was a first window. */
  #baselineMs: Milliseconds | undefined
  #windowStartMs: Milliseconds
  #done = 0
  #doneMs: Milliseconds = 0
  #dropped = 0
  #mostRunning = 0

  /** @throws {RangeError} naming every option out of range */
  constructor({ min, max }: AdaptiveLimitOptions, clock: Clock) {
    checkOptions('AdaptiveLimit', [
      { name: 'min', value: min, min: 1, isWhole: true },
      { name: 'max', value: max, min, isWhole: true },
    ])
    this.#min = min
    this.#max = max
    this.#clock = clock
    this.#exact = min
    this.#windowStartMs = clock.now()
  }

  /** Whole, from `min` to `max`. */
  get limit(): number {
    return Math.floor(this.#exact)
  }

  /** Work begins; each sample must be given to `end` once. */
  begin(): WorkSample {
    this.#running++
    if (this.#running > this.#mostRunning) this.#mostRunning = this.#running
    return { startedAtMs: this.#clock.now(), epoch: this.#epoch }
  }

  /** @returns whether the limit has changed */
  end(sample: WorkSample, outcome: WorkOutcome): boolean {
    this.#running--
    if (outcome === 'ignored' || sample.epoch !== this.#epoch) return false
    const nowMs = this.#clock.now()
    if (outcome === 'dropped') this.#dropped++
    else {
      this.#done++
      this.#doneMs += nowMs - sample.startedAtMs
    }
    // So much dropped work is too much, whatever else would come into the window.
    const isEnough = this.#done + this.#dropped >= WINDOW_SAMPLES || this.#dropped > MAX_DROPPED_SHARE * WINDOW_SAMPLES
    return isEnough && nowMs - this.#windowStartMs >= WINDOW_MS && this.#closeWindow(nowMs)
  }

  #closeWindow(nowMs: Milliseconds): boolean {
    const before = this.limit
    this.#exact = Math.max(this.#min, Math.min(this.#max, this.#nextLimit()))
    this.#windowStartMs = nowMs
    this.#done = 0
    this.#doneMs = 0
    this.#dropped = 0
    this.#mostRunning = this.#running
    const hasChanged = this.limit !== before
    if (hasChanged) this.#epoch++
    return hasChanged
  }

  #nextLimit(): number {
    if (this.#dropped > MAX_DROPPED_SHARE * (this.#done + this.#dropped)) return this.#exact * DROP_FACTOR
    const meanMs = this.#doneMs / this.#done
    const isLight = this.#mostRunning * 2 < this.limit
    const baselineMs = this.#learn(meanMs, isLight || this.limit === this.#min)
    const gradient = meanMs > 0 ? Math.min(1, Math.max(MIN_GRADIENT, (TOLERANCE * baselineMs) / meanMs)) : 1
    if (gradient < 1) return this.#exact * gradient
    return isLight ? this.#exact : this.#exact + Math.sqrt(this.#exact)
  }

  #learn(meanMs: Milliseconds, mayRise: boolean): Milliseconds {
    const known = this.#baselineMs
    if (known === undefined || meanMs < known) this.#baselineMs = meanMs
    else if (mayRise) this.#baselineMs = known + BASELINE_WEIGHT * (meanMs - known)
    return this.#baselineMs ?? meanMs
  }
}
