import type { Clock, Milliseconds } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'
import type { DeadlineSweep } from '../../resilience/deadline.ts'
import { checkRetryPolicy, retry } from '../../resilience/retry.ts'
import type { RetryPolicy } from '../../resilience/retry.ts'
import { RetryBudget } from '../../resilience/retry-budget.ts'
import {
  DEFAULT_EJECT_AFTER,
  DEFAULT_EJECT_MS,
  mayEjectOneMore,
  UpstreamHealth,
} from '../../resilience/upstream-health.ts'
import { UpstreamPicker } from '../../resilience/upstream-picker.ts'
import type { FailoverFigures, UpstreamFigures } from '../messages.ts'
import type { UpstreamAddress, UpstreamOptions } from '../options/upstream.ts'
import type { UpstreamRequest } from './call.ts'
import { Failover } from './failover.ts'
import type { UpstreamOutcome } from './failover.ts'
import { HealthChecks } from './health-checks.ts'
import { MIN_CALL_MS, Upstream } from './upstream.ts'
import type { BreakerFigures } from './upstream.ts'
import { originOf, upstreamHosts } from './upstream-host.ts'
import type { UpstreamHost } from './upstream-host.ts'

/** With upstreams that cannot be checked; nothing uses it then. */
const NO_CHECKS = { threshold: 1, intervalMs: 0 }

/**
 * Several upstreams that can do the same work. Each round asks them in order of preference until one answers; only when
 * all have failed is the round repeated, after a random wait, within deadline and budget. Going on to the next upstream
 * costs no budget: it adds nothing to the load of the one that failed. This is the only layer that retries.
 */
export class Upstreams {
  readonly #upstreams: readonly Upstream[]
  readonly #hosts: ReadonlyMap<string, UpstreamHost>
  readonly #checks: HealthChecks | null
  readonly #picker: UpstreamPicker<Upstream>
  readonly #policy: RetryPolicy
  readonly #budget: RetryBudget
  readonly #clock: Clock
  readonly #random: Random
  #degraded = 0

  /** Health checks begin at once, and end with `close`. */
  constructor(options: UpstreamOptions, clock: Clock, random: Random, sweep: DeadlineSweep) {
    const hosts = upstreamHosts(options, clock, sweep)
    const { health, breaker } = options
    const { threshold, intervalMs } = health ?? NO_CHECKS
    const healthOptions = {
      checkThreshold: threshold,
      downRetryMs: threshold * intervalMs,
      // As the circuit breaker does, which is much the same; but also without one, and for longer each time.
      ejectAfter: breaker?.failureThreshold ?? DEFAULT_EJECT_AFTER,
      ejectMs: breaker?.recoveryMs ?? DEFAULT_EJECT_MS,
    }
    const healths: UpstreamHealth[] = []
    this.#upstreams = byPreference(options).map((address) => {
      const host = hosts.get(originOf(address))
      if (host === undefined) throw new RangeError(`the host of upstream "${address.name}" was not made`)
      const own = new UpstreamHealth(healthOptions, () => mayEjectOneMore(healths), clock)
      healths.push(own)
      return new Upstream(address, options, { host, health: own, clock, sweep })
    })
    this.#hosts = hosts
    this.#picker = new UpstreamPicker(this.#upstreams, random)
    this.#policy = {
      maxAttempts: options.maxAttempts,
      minAttemptMs: MIN_CALL_MS,
      baseMs: options.retryBaseMs,
      capMs: options.retryCapMs,
    }
    checkRetryPolicy(this.#policy)
    this.#budget = new RetryBudget({ retryFraction: options.retryFraction, minRetries: options.minRetries })
    this.#clock = clock
    this.#random = random
    this.#checks = health === null ? null : new HealthChecks(this.#upstreams, health, clock, random)
  }

  /** @param deadlineMs on the clock; includes all rounds and waits */
  async call(request: UpstreamRequest, deadlineMs: Milliseconds, signal: AbortSignal): Promise<UpstreamOutcome> {
    const [upstreams, picker, clock] = [this.#upstreams, this.#picker, this.#clock]
    const { round } = new Failover(request, { upstreams, picker, clock, deadlineMs, signal })
    const context = { clock, random: this.#random, budget: this.#budget, deadlineMs, signal }
    const { value } = await retry(round, this.#policy, context)
    return value
  }

  /** Counts an answer that was given without the upstream that it needed. */
  countDegraded(): void {
    this.#degraded++
  }

  /** At least one upstream would take a call now. */
  isAvailable(): boolean {
    return this.#upstreams.some((upstream) => upstream.retryAfterS() === 0)
  }

  /** In order of preference, as all figures. */
  figures(): readonly UpstreamFigures[] {
    return this.#upstreams.map((upstream) => upstream.figures())
  }

  failoverFigures(): FailoverFigures {
    return { retriesRefused: this.#budget.exhausted, degraded: this.#degraded }
  }

  breakerFigures(): readonly BreakerFigures[] {
    return this.#upstreams.map((upstream) => upstream.breakerFigures())
  }

  /** Ends checks and connections, and with them the calls under way. */
  async close(): Promise<void> {
    await this.#checks?.stop()
    await Promise.all(Array.from(this.#hosts.values(), ({ connections }) => connections.close()))
  }
}

function byPreference({ addresses, preference }: UpstreamOptions): readonly UpstreamAddress[] {
  const preferred = preference.flatMap((name) => addresses.filter((address) => address.name === name))
  return [...preferred, ...addresses.filter((address) => !preferred.includes(address))]
}
