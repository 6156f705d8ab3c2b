import type { Cancel, Clock, Milliseconds } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'
import type { HealthCheckOptions } from '../options/upstream.ts'

/** What can be checked. */
export interface Checkable {
  /** Never rejects; ends soon once the signal is given. */
  readonly check: (timeoutMs: Milliseconds, signal: AbortSignal) => Promise<void>
}

/** Each time between checks is up to this share of the interval shorter or longer, so that workers do not check together. */
const JITTER_FRACTION = 0.1

/** Checks every upstream again and again, each by itself: the next check comes an interval after the end of the last. */
export class HealthChecks {
  readonly #options: HealthCheckOptions
  readonly #clock: Clock
  readonly #random: Random
  readonly #stopping = new AbortController()
  readonly #waits = new Map<Checkable, Cancel>()
  readonly #running = new Set<Promise<void>>()

  /** Starts at once; the first checks come at random moments of the first interval. */
  constructor(upstreams: readonly Checkable[], options: HealthCheckOptions, clock: Clock, random: Random) {
    this.#options = options
    this.#clock = clock
    this.#random = random
    for (const upstream of upstreams) this.#checkAfter(upstream, random() * options.intervalMs)
  }

  /** Ends the checks under way; when it resolves there are none, and there will be none. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const cancel of this.#waits.values()) cancel()
    this.#waits.clear()
    await Promise.all(this.#running)
  }

  #checkAfter(upstream: Checkable, delayMs: Milliseconds): void {
    const cancel = this.#clock.schedule(delayMs, () => {
      const check = this.#check(upstream)
      this.#running.add(check)
      void check.finally(() => this.#running.delete(check))
    })
    this.#waits.set(upstream, cancel)
  }

  async #check(upstream: Checkable): Promise<void> {
    const { intervalMs, timeoutMs } = this.#options
    await upstream.check(timeoutMs, this.#stopping.signal)
    const jitter = 1 + JITTER_FRACTION * (2 * this.#random() - 1)
    if (!this.#stopping.signal.aborted) this.#checkAfter(upstream, intervalMs * jitter)
  }
}
