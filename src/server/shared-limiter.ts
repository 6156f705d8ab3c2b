import type { Clock, Milliseconds } from '../core/clock.ts'
import type { LimiterDecision, TokenGrant } from '../resilience/client-limiter.ts'
import { DeadlineSweep } from '../resilience/deadline.ts'
import { LeasedLimiter } from '../resilience/leased-limiter.ts'
import type { RequestLimiter } from './middleware/rate-limit.ts'
import type { RateLimitOptions } from './options/rate-limit.ts'
import type { SendReport } from './worker-reports.ts'

/** For what a worker that ends gives back. */
const END_TIMEOUT_MS: Milliseconds = 500
/** Nobody waits for an answer to what is given back at the end. */
const LAST_ID = -1

/** The limiter of one worker: the buckets are in the primary, so that all workers keep one limit and their successors too. */
export class SharedLimiter implements RequestLimiter {
  readonly #leased: LeasedLimiter
  readonly #report: SendReport
  readonly #clock: Clock

  /** @param workers that share the limit; none: this process alone */
  constructor(limit: RateLimitOptions, workers: number, report: SendReport, clock: Clock) {
    this.#report = report
    this.#clock = clock
    this.#leased = new LeasedLimiter(
      { ...limit, sharers: Math.max(1, workers) },
      {
        ask: (id, requests) => report({ type: 'tokens', id, requests }, () => undefined),
        soon: (task) => void setImmediate(task),
      },
      clock,
      new DeadlineSweep(clock),
    )
  }

  take(clientKey: string): LimiterDecision | Promise<LimiterDecision> {
    return this.#leased.take(clientKey)
  }

  /** The primary's answer to `tokens`. */
  onGranted(id: number, grants: readonly TokenGrant[]): void {
    this.#leased.onGranted(id, grants)
  }

  /** Gives back what was not used; resolves when that is on its way, within half a second also when it is not. */
  async end(): Promise<void> {
    const requests = this.#leased.close()
    if (requests.length === 0) return
    await new Promise<void>((resolve) => {
      const giveUp = this.#clock.schedule(END_TIMEOUT_MS, resolve)
      this.#report({ type: 'tokens', id: LAST_ID, requests }, () => {
        giveUp()
        resolve()
      })
    })
  }
}
