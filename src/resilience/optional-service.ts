import type { Cancel, Clock, Milliseconds } from '../core/clock.ts'
import { DeadlineSweep } from './deadline.ts'
import { checkOptions } from './option-rules.ts'

/** How much the users of a service may suffer from it. */
export interface OptionalServiceOptions {
  /** The longest wait for one answer; at least 1. */
  readonly timeoutMs: Milliseconds
  /** Time between two looks at a service that is down; at least 1. */
  readonly recheckMs: Milliseconds
  /** Tasks under way; more are skipped. Whole, at least 1. */
  readonly maxRunning: number
}

/** What the service itself can do for its availability. */
export interface ServiceProbe {
  /** Resolves when the service can be used. */
  readonly check: () => Promise<void>
  /** An error of this kind says that the service is there and would not do this one thing. */
  readonly isRefusal: (error: unknown) => boolean
  /** Told once of each outage, one from the start included; what is still under way is nobody's concern any more. */
  readonly onDown: (error: unknown) => void
}

/** What became of one task. */
export type ServiceOutcome<V> =
  | { readonly kind: 'done'; readonly value: V }
  | { readonly kind: 'failed' }
  | { readonly kind: 'skipped' }

/** A snapshot; the counts only ever grow. */
export interface OptionalServiceStats {
  readonly isUp: boolean
  readonly running: number
  /** Tasks that were refused, went wrong or took too long. */
  readonly failed: number
  /** Tasks not even tried, because the service was down or too much was under way. */
  readonly skipped: number
}

/** Deadlines are noticed up to a tenth of the timeout early, never late. */
const LOOKS_PER_TIMEOUT = 10
const CHECK_TIMEOUT_MS: Milliseconds = 2_000
const FAILED = { kind: 'failed' } as const
const SKIPPED = { kind: 'skipped' } as const

/**
 * A service that is good to have and can be done without: when it does not answer in time it is down, and nobody asks it
 * any more until a look in the background finds it up. So an outage costs each of those who were asking at that moment one
 * timeout, and nobody else anything.
 */
export class OptionalService {
  readonly #timeoutMs: Milliseconds
  readonly #recheckMs: Milliseconds
  readonly #maxRunning: number
  readonly #probe: ServiceProbe
  readonly #clock: Clock
  readonly #deadlines: DeadlineSweep
  readonly #lookMs: Milliseconds
  #state: 'up' | 'down' | 'closed' = 'down'
  #isOutageTold = false
  #cancelCheck: Cancel | undefined
  #running = 0
  #failed = 0
  #skipped = 0

  /**
   * Counts as down until the first look, which comes at once.
   *
   * @throws {RangeError} naming every option out of range
   */
  constructor({ timeoutMs, recheckMs, maxRunning }: OptionalServiceOptions, probe: ServiceProbe, clock: Clock) {
    checkOptions('OptionalService', [
      { name: 'timeoutMs', value: timeoutMs, min: 1 },
      { name: 'recheckMs', value: recheckMs, min: 1 },
      { name: 'maxRunning', value: maxRunning, min: 1, isWhole: true },
    ])
    this.#timeoutMs = timeoutMs
    this.#recheckMs = recheckMs
    this.#maxRunning = maxRunning
    this.#probe = probe
    this.#clock = clock
    this.#lookMs = Math.max(1, timeoutMs / LOOKS_PER_TIMEOUT)
    this.#deadlines = new DeadlineSweep(clock, this.#lookMs)
    void this.#check()
  }

  get isUp(): boolean {
    return this.#state === 'up'
  }

  /**
   * Has the service do something, and waits for it no longer than the timeout; never rejects.
   *
   * @param timeoutMs for what nobody waits for; otherwise that of the options
   */
  run<V>(task: () => Promise<V>, timeoutMs = this.#timeoutMs): Promise<ServiceOutcome<V>> {
    if (this.#state !== 'up' || this.#running >= this.#maxRunning) {
      this.#skipped++
      return Promise.resolve(SKIPPED)
    }
    this.#running++
    return this.#within(task, timeoutMs).then(
      (value) => {
        this.#running--
        return { kind: 'done', value } as const
      },
      (error: unknown) => {
        this.#running--
        this.#failed++
        if (!this.#probe.isRefusal(error)) this.#goDown(error)
        return FAILED
      },
    )
  }

  stats(): OptionalServiceStats {
    return { isUp: this.isUp, running: this.#running, failed: this.#failed, skipped: this.#skipped }
  }

  /** Asks the service for nothing any more. */
  close(): void {
    this.#state = 'closed'
    this.#cancelCheck?.()
  }

  #goDown(error: unknown): void {
    if (this.#state !== 'up') return
    this.#state = 'down'
    this.#tellOutage(error)
    this.#checkLater()
  }

  #tellOutage(error: unknown): void {
    if (this.#isOutageTold) return
    this.#isOutageTold = true
    this.#probe.onDown(error)
  }

  #checkLater(): void {
    if (this.#state === 'down') this.#cancelCheck = this.#clock.schedule(this.#recheckMs, () => void this.#check())
  }

  async #check(): Promise<void> {
    try {
      await this.#within(() => this.#probe.check(), CHECK_TIMEOUT_MS)
      if (this.#state !== 'down') return
      this.#state = 'up'
      this.#isOutageTold = false
    } catch (error) {
      if (this.#state === 'down') this.#tellOutage(error)
      this.#checkLater()
    }
  }

  #within<V>(task: () => Promise<V>, timeoutMs: Milliseconds): Promise<V> {
    return new Promise((resolve, reject) => {
      const endMs = this.#clock.now() + timeoutMs
      const giveUp = (): void => {
        const isStalled = this.#clock.now() > endMs + this.#lookMs
        // It was this process that took too long, and the answer may wait to be read.
        if (isStalled) deadline = this.#deadlines.add(0, () => reject(timedOut))
        else reject(timedOut)
      }
      const timedOut = new Error(`no answer within ${timeoutMs} ms`)
      let deadline = this.#deadlines.add(Math.max(0, timeoutMs - this.#lookMs), giveUp)
      new Promise<V>((settle) => settle(task())).then(resolve, reject).finally(() => deadline.cancel())
    })
  }
}
