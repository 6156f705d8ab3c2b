import { Pool } from 'undici'

import type { Clock, Milliseconds } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import { CircuitBreaker } from '../resilience/circuit-breaker.ts'
import type { CallOutcome, CircuitBreakerStats } from '../resilience/circuit-breaker.ts'
import { DEFAULT_SWEEP_MS } from '../resilience/deadline.ts'
import type { DeadlineSweep } from '../resilience/deadline.ts'
import { RequestQueue } from '../resilience/request-queue.ts'
import type { QueueTicket } from '../resilience/request-queue.ts'
import { parseRetryAfter } from '../resilience/retry-after.ts'
import type { PickableUpstream } from '../resilience/upstream-picker.ts'
import type { UpstreamFigures } from './messages.ts'
import type { UpstreamAddress, UpstreamOptions } from './options/upstream.ts'

/** One call, as JSON. */
export interface UpstreamRequest {
  /** Begins with `/`. */
  readonly path: string
  readonly body: string
}

/** Whether an upstream would take a call now, and the figures of its circuit breaker, if it has one. */
export interface BreakerFigures {
  readonly upstream: string
  readonly isAvailable: boolean
  readonly breaker: CircuitBreakerStats | undefined
}

/** How one call to one upstream ended. */
export type CallResult =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** `limited`: the upstream has answered 429, which is no failure of its own. */
  | {
      readonly kind: 'failed' | 'limited'
      readonly message: string
      readonly retryAfterMs: Milliseconds | undefined
    }
  /** Refused on our side, before anything was sent. */
  | {
      readonly kind: 'refused'
      readonly reason: 'pool_exhausted' | 'upstream_unavailable'
      readonly retryAfterS: number
    }
  | { readonly kind: 'cancelled' }

/** With less time left a call would only be load: the deadline sweep is not finer. */
export const MIN_CALL_MS: Milliseconds = DEFAULT_SWEEP_MS
const POOL_EXHAUSTED = { kind: 'refused', reason: 'pool_exhausted', retryAfterS: 1 } as const

/** An upstream's answer is read whole into memory. */
const MAX_ANSWER_BYTES = 10_485_760
const TOO_MANY_REQUESTS = 429

/** One upstream with its connections, its circuit breaker and its figures. */
export class Upstream implements PickableUpstream {
  readonly name: string
  readonly #pool: Pool
  readonly #pathPrefix: string
  readonly #headers: Readonly<Record<string, string>>
  /** undici would let calls wait without limit, so they wait here. */
  readonly #places: RequestQueue
  readonly #breaker: CircuitBreaker | undefined
  readonly #timeoutMs: Milliseconds
  readonly #clock: Clock
  readonly #sweep: DeadlineSweep
  readonly #counts = { calls: 0, failures: 0, retries: 0, failovers: 0, holdMs: 0, waitMs: 0 }

  constructor({ name, url }: UpstreamAddress, options: UpstreamOptions, clock: Clock, sweep: DeadlineSweep) {
    const { origin, pathname, username, password } = new URL(url)
    this.name = name
    this.#pathPrefix = pathname.replace(/\/$/, '')
    const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
      'base64',
    )
    this.#headers = {
      'content-type': 'application/json',
      ...(username !== '' && { authorization: `Basic ${credentials}` }),
    }
    this.#timeoutMs = options.timeoutMs
    this.#clock = clock
    this.#sweep = sweep
    this.#breaker = options.breaker === null ? undefined : new CircuitBreaker(options.breaker, clock)
    this.#places = new RequestQueue(
      { concurrency: options.maxConnections, capacity: options.maxPending, waitTimeoutMs: options.timeoutMs },
      sweep,
    )
    this.#pool = new Pool(origin, {
      connections: options.maxConnections,
      pipelining: 1,
      allowH2: false,
      connect: { timeout: options.connectTimeoutMs },
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
      maxResponseSize: MAX_ANSWER_BYTES,
    })
  }

  readonly retryAfterS = (): number => this.#breaker?.retryAfterS() ?? 0

  /** Counts the next call as a repetition, or as one that another upstream has left to this one. */
  count(what: 'retries' | 'failovers'): void {
    this.#counts[what]++
  }

  /**
   * Makes one call: waits for a connection, asks the breaker, and tells it how the call ended.
   *
   * @param timeLeftMs the time for waiting and calling, however long the upstream's own timeout is
   * @param signal gives the call up
   */
  async call(request: UpstreamRequest, timeLeftMs: Milliseconds, signal: AbortSignal): Promise<CallResult> {
    if (signal.aborted) return { kind: 'cancelled' }
    const askedAtMs = this.#clock.now()
    const place = await this.#takePlace(signal)
    const admittedAtMs = this.#clock.now()
    const waitedMs = admittedAtMs - askedAtMs
    this.#counts.waitMs += waitedMs
    if (place === undefined) return signal.aborted ? { kind: 'cancelled' } : POOL_EXHAUSTED
    try {
      if (signal.aborted) return { kind: 'cancelled' }
      const callMs = timeLeftMs - waitedMs
      // A call without time would fail, and its upstream be blamed for our own queue.
      return callMs < MIN_CALL_MS ? POOL_EXHAUSTED : await this.#callGuarded(request, callMs, signal)
    } finally {
      this.#counts.holdMs += this.#clock.now() - admittedAtMs
      place.release()
    }
  }

  figures(): UpstreamFigures {
    const { running, waiting } = this.#places.stats()
    const breaker = this.#breaker?.stats().state ?? 'disabled'
    const { connected } = this.#pool.stats
    return { name: this.name, ...this.#counts, connected, running, pending: waiting, breaker }
  }

  breakerFigures(): BreakerFigures {
    return { upstream: this.name, isAvailable: this.retryAfterS() === 0, breaker: this.#breaker?.stats() }
  }

  /** Ends all connections, and with them the calls under way. */
  close(): Promise<void> {
    return this.#pool.destroy()
  }

  #takePlace(signal: AbortSignal): Promise<QueueTicket | undefined> {
    return new Promise((resolve) => {
      const leave = (): void => {
        ticket.cancel()
        resolve(undefined)
      }
      const settle = (place?: QueueTicket): void => {
        signal.removeEventListener('abort', leave)
        resolve(place)
      }
      signal.addEventListener('abort', leave)
      const ticket = this.#places.admit(settle, () => settle())
    })
  }

  async #callGuarded(request: UpstreamRequest, timeLeftMs: Milliseconds, signal: AbortSignal): Promise<CallResult> {
    const acquisition = this.#breaker?.tryAcquire()
    if (acquisition?.refused !== undefined) {
      return { kind: 'refused', reason: 'upstream_unavailable', retryAfterS: acquisition.retryAfterS }
    }
    this.#counts.calls++
    let outcome: CallOutcome = 'ignored'
    try {
      const result = await this.#send(request, Math.min(this.#timeoutMs, timeLeftMs), signal)
      outcome = outcomeOf(result)
      if (result.kind === 'failed') this.#counts.failures++
      return result
    } finally {
      acquisition?.permit.settle(outcome)
    }
  }

  async #send({ path, body }: UpstreamRequest, timeoutMs: Milliseconds, signal: AbortSignal): Promise<CallResult> {
    const abort = new AbortController()
    const giveUp = (): void => abort.abort()
    // undici looks at its own timers only every half second.
    const due = this.#sweep.add(timeoutMs, giveUp)
    signal.addEventListener('abort', giveUp)
    try {
      const fullPath = this.#pathPrefix + path
      const sent = { method: 'POST', path: fullPath, headers: this.#headers, body, signal: abort.signal } as const
      const { statusCode, headers, body: answer } = await this.#pool.request(sent)
      const text = await answer.text()
      const isAnswer = statusCode < 500 && statusCode !== TOO_MANY_REQUESTS
      if (isAnswer) return { kind: 'answered', status: statusCode, body: text }
      const retryAfter = headers['retry-after']
      const retryAfterMs = typeof retryAfter === 'string' ? parseRetryAfter(retryAfter, Date.now()) : undefined
      const kind = statusCode === TOO_MANY_REQUESTS ? 'limited' : 'failed'
      return { kind, message: `${this.name} answered ${statusCode}`, retryAfterMs }
    } catch (error) {
      if (signal.aborted) return { kind: 'cancelled' }
      const message = abort.signal.aborted ? `no answer within ${Math.round(timeoutMs)} ms` : problemOf(error)
      return { kind: 'failed', message: `${this.name}: ${message}`, retryAfterMs: undefined }
    } finally {
      due.cancel()
      signal.removeEventListener('abort', giveUp)
    }
  }
}

/** Clients may read this: the code says enough, and no address. */
function problemOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error)
}

/** What a result says about the upstream. */
function outcomeOf(result: CallResult): CallOutcome {
  switch (result.kind) {
    case 'answered':
      return 'success'
    case 'failed':
      return 'failure'
    case 'limited':
    case 'refused':
    case 'cancelled':
      return 'ignored'
  }
}
