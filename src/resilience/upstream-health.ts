import type { Clock, Milliseconds } from '../core/clock.ts'
import { checkOptions } from './option-rules.ts'

/** When an upstream is no longer trusted, and how it gets its trust back. */
export interface UpstreamHealthOptions {
  /** Active checks in a row that must fail for it to be down, and be answered for it to be up again; whole, at least 1. */
  readonly checkThreshold: number
  /** How soon a down upstream may be up again, as far as anybody can say; 0 or more. */
  readonly downRetryMs: Milliseconds
  /** Failed calls in a row that eject it; whole, at least 1. */
  readonly ejectAfter: number
  /** The first ejection lasts this long, the second in a row twice as long, the third three times; above 0. */
  readonly ejectMs: Milliseconds
}

/** As a circuit breaker does without being told otherwise. */
export const DEFAULT_EJECT_AFTER = 5
export const DEFAULT_EJECT_MS: Milliseconds = 30_000
/** No ejection is longer, and one that comes so soon after the one before counts as the next in a row. */
export const MAX_EJECTION_MS: Milliseconds = 300_000
/** Over this time an upstream that is back gets its calls again, from a tenth of them to all. */
export const SLOW_START_MS: Milliseconds = 10_000
const FIRST_TRUST = 0.1

/** How far an upstream is trusted now. */
export type Standing =
  /** `trust`: the share of its calls that it should get, above 0 to 1; below 1 it has just come back. */
  | { readonly kind: 'healthy'; readonly trust: number }
  | { readonly kind: 'ejected' | 'down'; readonly backInMs: Milliseconds }

const TRUSTED: Standing = { kind: 'healthy', trust: 1 }

/**
 * What is known of one upstream: from checks that are made on purpose, and from the calls that are made anyway. It has no
 * timers: an ejection is over when somebody looks and its time is up.
 */
export class UpstreamHealth {
  readonly #options: UpstreamHealthOptions
  readonly #mayEject: () => boolean
  readonly #clock: Clock
  #isDown = false
  /** Checks in a row that said the opposite of `#isDown`. */
  #opposingChecks = 0
  #failuresInARow = 0
  #ejectedUntilMs: Milliseconds = Number.NEGATIVE_INFINITY
  #ejectionsInARow = 0
  #ejections = 0
  /** Trust grows since then. */
  #backSinceMs: Milliseconds = Number.NEGATIVE_INFINITY

  /**
   * @param mayEject whether the others could do without this one
   * @throws {RangeError} naming every option out of range
   */
  constructor(options: UpstreamHealthOptions, mayEject: () => boolean, clock: Clock) {
    checkOptions('UpstreamHealth', [
      { name: 'checkThreshold', value: options.checkThreshold, min: 1, isWhole: true },
      { name: 'downRetryMs', value: options.downRetryMs, min: 0 },
      { name: 'ejectAfter', value: options.ejectAfter, min: 1, isWhole: true },
      { name: 'ejectMs', value: options.ejectMs, min: 1 },
    ])
    this.#options = options
    this.#mayEject = mayEject
    this.#clock = clock
  }

  /** Times it was ejected since the start. */
  get ejections(): number {
    return this.#ejections
  }

  /** Too many checks in a row have failed. */
  get isDown(): boolean {
    return this.#isDown
  }

  get isEjected(): boolean {
    return this.#clock.now() < this.#ejectedUntilMs
  }

  standing(): Standing {
    const nowMs = this.#clock.now()
    if (this.#isDown) return { kind: 'down', backInMs: this.#options.downRetryMs }
    if (nowMs < this.#ejectedUntilMs) return { kind: 'ejected', backInMs: this.#ejectedUntilMs - nowMs }
    const backForMs = nowMs - this.#backSinceMs
    return backForMs >= SLOW_START_MS
      ? TRUSTED
      : { kind: 'healthy', trust: FIRST_TRUST + (1 - FIRST_TRUST) * (backForMs / SLOW_START_MS) }
  }

  /** Takes in an active check. Enough good ones in a row also end an ejection. */
  recordCheck(isAnswered: boolean): void {
    const isOpposing = isAnswered === (this.#isDown || this.isEjected)
    this.#opposingChecks = isOpposing ? this.#opposingChecks + 1 : 0
    if (this.#opposingChecks < this.#options.checkThreshold) return
    this.#opposingChecks = 0
    this.#isDown = !isAnswered
    if (isAnswered) this.startSlowly()
  }

  /** Takes in a call that was made for a client. */
  recordCall(outcome: 'success' | 'failure'): void {
    this.#failuresInARow = outcome === 'success' ? 0 : this.#failuresInARow + 1
    const isAway = this.#isDown || this.isEjected
    if (this.#failuresInARow >= this.#options.ejectAfter && !isAway && this.#mayEject()) this.#eject()
  }

  /** Has trust grow from little again, from now on; ends an ejection. */
  startSlowly(): void {
    this.#ejectedUntilMs = Math.min(this.#ejectedUntilMs, this.#clock.now())
    this.#backSinceMs = this.#clock.now()
  }

  #eject(): void {
    const nowMs = this.#clock.now()
    const isNext = nowMs - this.#ejectedUntilMs < MAX_EJECTION_MS
    this.#ejectionsInARow = isNext ? this.#ejectionsInARow + 1 : 1
    this.#ejectedUntilMs = nowMs + Math.min(MAX_EJECTION_MS, this.#options.ejectMs * this.#ejectionsInARow)
    this.#backSinceMs = this.#ejectedUntilMs
    this.#failuresInARow = 0
    this.#opposingChecks = 0
    this.#ejections++
  }
}

/** Whether one more of a group may be ejected: at most half of them, and never the last that is neither ejected nor down. */
export function mayEjectOneMore(group: readonly Pick<UpstreamHealth, 'isEjected' | 'isDown'>[]): boolean {
  const ejected = group.filter(({ isEjected }) => isEjected).length
  const healthy = group.filter(({ isEjected, isDown }) => !isEjected && !isDown).length
  return healthy > 1 && ejected + 1 <= Math.floor(group.length / 2)
}
