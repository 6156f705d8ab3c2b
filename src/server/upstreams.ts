import type { Clock, Milliseconds } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import type { DeadlineSweep } from '../resilience/deadline.ts'
import { retry } from '../resilience/retry.ts'
import type { Attempt, AttemptOutcome, RetryPolicy } from '../resilience/retry.ts'
import { DEFAULT_MIN_RETRIES, DEFAULT_RETRY_FRACTION, RetryBudget } from '../resilience/retry-budget.ts'
import { UpstreamPicker } from '../resilience/upstream-picker.ts'
import type { UpstreamFigures } from './messages.ts'
import type { UpstreamOptions } from './options/upstream.ts'
import { MIN_CALL_MS, Upstream } from './upstream.ts'
import type { BreakerFigures, UpstreamRequest } from './upstream.ts'

/** What became of a request to whichever upstream could answer it. */
export type UpstreamOutcome =
  | { readonly kind: 'answered'; readonly upstream: string; readonly status: number; readonly body: string }
  /** Calls were made, and the last one failed. */
  | { readonly kind: 'failed'; readonly detail: string }
  /** No call was made, or the upstream asked to wait. */
  | {
      readonly kind: 'unavailable'
      readonly reason: 'pool_exhausted' | 'upstream_unavailable'
      readonly detail: string
      readonly retryAfterS: number
    }
  | { readonly kind: 'cancelled' }

/**
 * Several upstreams that can do the same work. Each round asks them in order of preference until one answers; only when
 * all have failed is the round repeated, after a random wait, within deadline and budget. Going on to the next upstream
 * costs no budget: it adds nothing to the load of the one that failed.
 *
 * Requests are repeated, so they must be of a kind that may be.
 */
export class Upstreams {
  readonly #upstreams: readonly Upstream[]
  readonly #picker: UpstreamPicker<Upstream>
  readonly #policy: RetryPolicy
  readonly #budget = new RetryBudget({ retryFraction: DEFAULT_RETRY_FRACTION, minRetries: DEFAULT_MIN_RETRIES })
  readonly #clock: Clock
  readonly #random: Random

  constructor(options: UpstreamOptions, clock: Clock, random: Random, sweep: DeadlineSweep) {
    this.#upstreams = options.addresses.map((address) => new Upstream(address, options, clock, sweep))
    this.#picker = new UpstreamPicker(this.#upstreams)
    this.#policy = {
      maxAttempts: options.maxAttempts,
      minAttemptMs: MIN_CALL_MS,
      baseMs: options.retryBaseMs,
      capMs: options.retryCapMs,
    }
    this.#clock = clock
    this.#random = random
  }

  /** @param deadlineMs on the clock; includes all rounds and waits */
  async call(request: UpstreamRequest, deadlineMs: Milliseconds, signal: AbortSignal): Promise<UpstreamOutcome> {
    let failed: UpstreamOutcome | undefined
    const round = async ({ number }: Attempt): Promise<AttemptOutcome<UpstreamOutcome>> => {
      const outcome = await this.#round(request, number > 1, deadlineMs, signal)
      if (outcome.value.kind === 'failed') failed = outcome.value
      // Nothing was called in it, which does not undo the calls of the rounds before.
      const isWithoutCall = outcome.kind === 'final' && outcome.value.kind === 'unavailable'
      return isWithoutCall && failed !== undefined ? { kind: 'final', value: failed } : outcome
    }
    const { value } = await retry(round, this.#policy, {
      clock: this.#clock,
      random: this.#random,
      budget: this.#budget,
      deadlineMs,
      signal,
    })
    return value
  }

  /** At least one upstream would take a call now. */
  isAvailable(): boolean {
    return this.#upstreams.some((upstream) => upstream.retryAfterS() === 0)
  }

  figures(): readonly UpstreamFigures[] {
    return this.#upstreams.map((upstream) => upstream.figures())
  }

  breakerFigures(): readonly BreakerFigures[] {
    return this.#upstreams.map((upstream) => upstream.breakerFigures())
  }

  async close(): Promise<void> {
    await Promise.all(this.#upstreams.map((upstream) => upstream.close()))
  }

  async #round(
    request: UpstreamRequest,
    isRetry: boolean,
    deadlineMs: Milliseconds,
    signal: AbortSignal,
  ): Promise<AttemptOutcome<UpstreamOutcome>> {
    const tried: Upstream[] = []
    let last: AttemptOutcome<UpstreamOutcome> | undefined
    for (;;) {
      const { upstream, retryAfterS } = this.#picker.pick(tried)
      const timeLeftMs = deadlineMs - this.#clock.now()
      if (upstream === undefined) return last ?? { kind: 'final', value: allOpen(retryAfterS) }
      if (last !== undefined && (tried.includes(upstream) || timeLeftMs < MIN_CALL_MS)) return last
      if (isRetry) upstream.count('retries')
      if (last !== undefined) upstream.count('failovers')
      const result = await upstream.call(request, timeLeftMs, signal)
      switch (result.kind) {
        case 'answered':
          return { kind: 'final', value: { ...result, upstream: upstream.name } }
        case 'cancelled':
          return { kind: 'final', value: result }
        case 'refused': {
          const { reason, retryAfterS: waitS } = result
          const detail = `${upstream.name} takes no more calls at the moment`
          last ??= { kind: 'final', value: { kind: 'unavailable', reason, detail, retryAfterS: waitS } }
          break
        }
        case 'failed':
          last = {
            kind: 'retryable',
            value: { kind: 'failed', detail: result.message },
            retryAfterMs: result.retryAfterMs,
          }
          break
        case 'limited': {
          const value = { ...allOpen(Math.max(1, upstream.retryAfterS())), detail: result.message }
          last = { kind: 'retryable', value, retryAfterMs: result.retryAfterMs }
        }
      }
      tried.push(upstream)
    }
  }
}

function allOpen(retryAfterS: number): UpstreamOutcome & { readonly kind: 'unavailable' } {
  const detail = 'all upstreams have failed too often lately'
  return { kind: 'unavailable', reason: 'upstream_unavailable', detail, retryAfterS }
}
