import type { Clock, Milliseconds } from '../../core/clock.ts'
import { CircuitBreaker } from '../../resilience/circuit-breaker.ts'
import type { CallOutcome, CircuitBreakerStats } from '../../resilience/circuit-breaker.ts'
import { DEFAULT_SWEEP_MS } from '../../resilience/deadline.ts'
import type { Deadline, DeadlineSweep } from '../../resilience/deadline.ts'
import type { QueueTicket } from '../../resilience/request-queue.ts'
import { parseRetryAfter } from '../../resilience/retry-after.ts'
import { retryAfterSeconds } from '../../resilience/retry-after-seconds.ts'
import { MAX_EJECTION_MS } from '../../resilience/upstream-health.ts'
import type { Standing, UpstreamHealth } from '../../resilience/upstream-health.ts'
import type { PickableUpstream } from '../../resilience/upstream-picker.ts'
import { WaitCounts } from '../../resilience/wait-counts.ts'
import type { UpstreamFigures } from '../messages.ts'
import type { UpstreamAddress, UpstreamOptions } from '../options/upstream.ts'
import type { CallLimits, CallResult, UpstreamRequest } from './call.ts'
import { exchange } from './exchange.ts'
import type { ExchangeResult } from './exchange.ts'
import type { UpstreamHost } from './upstream-host.ts'

/** Whether an upstream would take a call now, and the figures of its circuit breaker, if it has one. */
export interface BreakerFigures {
  readonly upstream: string
  readonly isAvailable: boolean
  readonly breaker: CircuitBreakerStats | undefined
}

/** What an upstream is made of. */
export interface UpstreamParts {
  readonly host: UpstreamHost
  readonly health: UpstreamHealth
  readonly clock: Clock
  readonly sweep: DeadlineSweep
}

/** With less time left a call would only be load: the deadline sweep is not finer. */
export const MIN_CALL_MS: Milliseconds = DEFAULT_SWEEP_MS
/** Timers of Node leave out fractions of a millisecond, so whoever waits for a moment may come this much too early. */
export const TIMER_SLACK_MS: Milliseconds = 2
/**
 * A caller who leaves after this much silence has not simply changed its mind: the call counts as a failure. Most callers
 * have less patience than the limits of a call, and an upstream that hangs would otherwise never be noticed.
 */
const SILENT_FAILURE_MS: Milliseconds = 5_000
/** With less time than this, and than the upstream may take, not answering says nothing about it. */
const FAIR_CALL_MS: Milliseconds = 1_000
const POOL_EXHAUSTED = { kind: 'refused', reason: 'pool_exhausted', retryAfterS: 1 } as const
const HEALTH_PATH = '/health'

const OK = 200
const TOO_MANY_REQUESTS = 429
const SERVICE_UNAVAILABLE = 503
const FIRST_SERVER_ERROR = 500

/** One upstream with its circuit breaker, its health and its figures. */
export class Upstream implements PickableUpstream {
  readonly name: string
  readonly #pathPrefix: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #options: UpstreamOptions
  readonly #parts: UpstreamParts
  readonly #breaker: CircuitBreaker | undefined
  /** It has asked us to wait until then. */
  #restUntilMs: Milliseconds = Number.NEGATIVE_INFINITY
  /** The circuit has opened, and was not closed since as far as we have seen. */
  #isTripped = false
  readonly #counts = { calls: 0, failures: 0, retries: 0, failovers: 0, waitMs: 0 }
  readonly #checks = { checks: 0, failedChecks: 0 }
  readonly #holds = new WaitCounts()
  #running = 0
  #pending = 0

  constructor({ name, url }: UpstreamAddress, options: UpstreamOptions, parts: UpstreamParts) {
    const { pathname, username, password } = new URL(url)
    this.name = name
    this.#pathPrefix = pathname.replace(/\/$/, '')
    const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
      'base64',
    )
    this.#headers = {
      'content-type': 'application/json',
      ...(username !== '' && { authorization: `Basic ${credentials}` }),
    }
    this.#options = options
    this.#parts = parts
    this.#breaker = options.breaker === null ? undefined : new CircuitBreaker(options.breaker, parts.clock)
  }

  readonly retryAfterS = (): number => {
    const restMs = this.#restUntilMs - this.#parts.clock.now()
    const breakerS = this.#breaker?.retryAfterS() ?? 0
    return restMs > TIMER_SLACK_MS ? Math.max(breakerS, retryAfterSeconds(restMs)) : breakerS
  }

  readonly standing = (): Standing => this.#parts.health.standing()

  /** Counts the next call as a repetition, or as one that another upstream has left to this one. */
  count(what: 'retries' | 'failovers'): void {
    this.#counts[what]++
  }

  /** Makes one call: waits for a connection, asks the breaker, and tells it how the call ended. */
  async call(request: UpstreamRequest, limits: CallLimits): Promise<CallResult> {
    const { timeLeftMs, signal } = limits
    const { clock, host } = this.#parts
    if (signal.aborted) return { kind: 'cancelled' }
    const askedAtMs = clock.now()
    this.#pending++
    const place = await this.#takePlace(timeLeftMs, signal)
    this.#pending--
    const admittedAtMs = clock.now()
    const waitedMs = admittedAtMs - askedAtMs
    this.#counts.waitMs += waitedMs
    if (place === undefined) return signal.aborted ? { kind: 'cancelled' } : POOL_EXHAUSTED
    this.#running++
    try {
      if (signal.aborted || host.connections.isClosed) return { kind: 'cancelled' }
      const callMs = timeLeftMs - waitedMs
      // A call without time would fail, and its upstream be blamed for our own queue.
      if (callMs < MIN_CALL_MS) return POOL_EXHAUSTED
      return await this.#callGuarded(request, { ...limits, timeLeftMs: callMs })
    } finally {
      this.#running--
      this.#holds.add(clock.now() - admittedAtMs)
      place.release()
    }
  }

  /**
   * Asks on a connection of its own whether there is anybody: any answer that is no server error will do, because not every
   * upstream has the path. Changes what is thought of its health.
   */
  async check(timeoutMs: Milliseconds, signal: AbortSignal): Promise<void> {
    const { host, health, clock, sweep } = this.#parts
    const request = { method: 'GET', path: this.#pathPrefix + HEALTH_PATH, headers: this.#headers, body: null } as const
    const timeouts = { connectMs: timeoutMs, headersMs: timeoutMs, bodyMs: timeoutMs, totalMs: timeoutMs }
    const connection = host.connections.open()
    const result = await exchange(connection, request, { clock, sweep, timeouts, signal })
    host.connections.discard(connection)
    if (result.kind === 'cancelled') return
    const isAnswered = result.kind === 'answered' && result.status < FIRST_SERVER_ERROR
    this.#checks.checks++
    if (!isAnswered) this.#checks.failedChecks++
    health.recordCheck(isAnswered)
  }

  figures(): UpstreamFigures {
    const { health, host } = this.#parts
    const { waitMs: holdMs, waitCounts: holdCounts } = this.#holds.figures()
    return {
      name: this.name,
      ...this.#counts,
      ...this.#checks,
      holdMs,
      holdCounts,
      ejections: health.ejections,
      connected: host.connections.connected,
      running: this.#running,
      pending: this.#pending,
      breaker: this.#breaker?.stats().state ?? 'disabled',
    }
  }

  breakerFigures(): BreakerFigures {
    const isAvailable = this.retryAfterS() === 0 && this.standing().kind === 'healthy'
    return { upstream: this.name, isAvailable, breaker: this.#breaker?.stats() }
  }

  #takePlace(timeLeftMs: Milliseconds, signal: AbortSignal): Promise<QueueTicket | undefined> {
    const { host, sweep } = this.#parts
    return new Promise((resolve) => {
      let due: Deadline | undefined
      let isSettled = false
      const settle = (place?: QueueTicket): void => {
        isSettled = true
        due?.cancel()
        signal.removeEventListener('abort', leave)
        resolve(place)
      }
      const ticket = host.places.admit(settle, () => settle())
      function leave(): void {
        ticket.cancel()
        settle()
      }
      if (isSettled) return
      signal.addEventListener('abort', leave)
      if (timeLeftMs < this.#options.connectTimeoutMs) due = sweep.add(timeLeftMs, leave)
    })
  }

  async #callGuarded(request: UpstreamRequest, limits: CallLimits): Promise<CallResult> {
    const acquisition = this.#breaker?.tryAcquire()
    if (acquisition?.refused !== undefined) {
      return { kind: 'refused', reason: 'upstream_unavailable', retryAfterS: acquisition.retryAfterS }
    }
    this.#counts.calls++
    let outcome: CallOutcome = 'ignored'
    try {
      const sent = await this.#send(request, limits)
      outcome = sent.outcome
      return sent.result
    } finally {
      acquisition?.permit.settle(outcome)
      if (outcome !== 'ignored') this.#learn(outcome)
    }
  }

  /** After the breaker has heard of it. */
  #learn(outcome: 'success' | 'failure'): void {
    const { health } = this.#parts
    health.recordCall(outcome)
    if (outcome === 'failure') {
      this.#counts.failures++
      this.#isTripped ||= this.#breaker !== undefined && this.#breaker.retryAfterS() > 0
    } else if (this.#isTripped && this.#breaker?.stats().state === 'closed') {
      this.#isTripped = false
      health.startSlowly()
    }
  }

  async #send({ path, body, headers }: UpstreamRequest, limits: CallLimits): Promise<JudgedCall> {
    const { host, clock, sweep } = this.#parts
    const { timeoutMs, connectTimeoutMs, headersTimeoutMs, bodyTimeoutMs } = this.#options
    const { timeLeftMs, isFresh, signal } = limits
    const sent = { method: 'POST', path: this.#pathPrefix + path, body } as const
    const timeouts = {
      connectMs: connectTimeoutMs,
      headersMs: headersTimeoutMs,
      bodyMs: bodyTimeoutMs,
      totalMs: Math.min(timeoutMs, timeLeftMs),
    }
    const connection = host.connections.take(isFresh)
    const result = await exchange(
      connection,
      { ...sent, headers: headers === undefined ? this.#headers : { ...headers, ...this.#headers } },
      { clock, sweep, timeouts, signal },
    )
    if (result.kind === 'answered') host.connections.giveBack(connection)
    else host.connections.discard(connection)
    if (result.kind === 'answered') {
      const judged = this.#judge(result)
      return { result: judged, outcome: outcomeOf(judged) }
    }
    if (host.connections.isClosed) return { result: { kind: 'cancelled' }, outcome: 'ignored' }
    if (result.kind === 'cancelled') {
      return { result: { kind: 'cancelled' }, outcome: result.silentMs < SILENT_FAILURE_MS ? 'ignored' : 'failure' }
    }
    const isCutShort = timeouts.totalMs < Math.min(FAIR_CALL_MS, timeoutMs, headersTimeoutMs)
    const outcome = result.isOverdue && isCutShort ? 'ignored' : 'failure'
    return { result: this.#failed(result.reason, result.isSent), outcome }
  }

  #judge({ status, body, retryAfter }: ExchangeResult & { readonly kind: 'answered' }): CallResult {
    const isAnswer = status < FIRST_SERVER_ERROR && status !== TOO_MANY_REQUESTS
    // Where an answer ends with its connection, half of it looks whole.
    if (isAnswer)
      return status === OK && !isJson(body) ? this.#failed('no JSON', true) : { kind: 'answered', status, body }
    const retryAfterMs = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, Date.now())
    const message = `${this.name} answered ${status}`
    if (status !== TOO_MANY_REQUESTS) {
      return { kind: 'failed', message, mayHaveRun: status !== SERVICE_UNAVAILABLE, retryAfterMs }
    }
    if (retryAfterMs !== undefined) {
      this.#restUntilMs = this.#parts.clock.now() + Math.min(retryAfterMs, MAX_EJECTION_MS)
    }
    return { kind: 'limited', message, mayHaveRun: false, retryAfterMs }
  }

  #failed(reason: string, mayHaveRun: boolean): CallResult {
    return { kind: 'failed', message: `${this.name}: ${reason}`, mayHaveRun, retryAfterMs: undefined }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

interface JudgedCall {
  readonly result: CallResult
  /** What it says about the upstream. */
  readonly outcome: CallOutcome
}

/** What an answer says about the upstream. */
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
