import { Pool } from 'undici'

import type { Milliseconds } from '../core/clock.ts'
import { seededRandom } from '../core/random.ts'
import type { OpenWorkload, PlannedRequest } from '../core/workload.ts'
import { Backlog } from './backlog.ts'
import { ConnectionWindow } from './connection-window.ts'
import { type EngineContext, type LoadEngine, timeoutSweepMs } from './load-engine.ts'
import { type ExchangeOwner, OpenLoopExchange } from './open-loop-exchange.ts'
import { Pacer } from './pacer.ts'
import { RequestMix } from './request-mix.ts'

/**
 * Requests that may be outstanding at once, waiting for a connection or for an answer; arrivals beyond are dropped. About
 * 20 MiB: a target this far behind is not told more by still more.
 */
const MAX_OUTSTANDING = 20_000
/** Timers are exact to about a millisecond: from here on only spinning is on time. */
const SPIN_BELOW_MS: Milliseconds = 2
/** Kept apart from the mix by another seed, so that changing the requests does not move the arrivals. */
const ARRIVALS_SEED_OFFSET = 1

/**
 * Sends at intended moments that do not depend on answers, over undici. A request for which no connection is free waits
 * for one, and its wait is part of its response time; a request that is sent late keeps its intended start.
 */
export class OpenLoopEngine implements LoadEngine, ExchangeOwner {
  readonly recorder: ExchangeOwner['recorder']
  readonly #requests: readonly PlannedRequest[]
  readonly #timeoutMs: Milliseconds
  readonly #connections: ConnectionWindow
  readonly #maySpin: boolean
  readonly #pool: Pool
  readonly #pacer: Pacer
  readonly #mix: RequestMix
  /** Every request from its arrival on, oldest first; settled ones leave when they come to the front. */
  readonly #outstanding = new Backlog<OpenLoopExchange>()
  /** Those of them for which no connection was free. */
  readonly #waiting = new Backlog<OpenLoopExchange>()
  #busyConnections = 0
  #connectionsOpened = 0
  #startMs: Milliseconds = 0
  #isSending = true
  #isClosed = false
  #nextTimer: NodeJS.Timeout | undefined
  #nextImmediate: NodeJS.Immediate | undefined
  #sweep: NodeJS.Timeout | undefined

  constructor({ plan, recorder }: EngineContext, workload: OpenWorkload) {
    this.recorder = recorder
    this.#requests = plan.requests
    this.#timeoutMs = plan.timeoutMs
    this.#connections = new ConnectionWindow(workload)
    this.#maySpin = plan.maySpin
    this.#pacer = new Pacer(
      { stretches: workload.stretches, arrivals: workload.arrivals, share: plan.share },
      seededRandom(plan.seed + ARRIVALS_SEED_OFFSET),
    )
    this.#mix = new RequestMix(
      plan.requests.map((request) => request.weight),
      seededRandom(plan.seed),
    )
    this.#pool = new Pool(plan.origin, {
      connections: workload.maxConnections,
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { rejectUnauthorized: !plan.insecure, timeout: plan.timeoutMs },
    })
    this.#pool.on('connect', () => this.#connectionsOpened++)
  }

  get connectionsOpened(): number {
    return this.#connectionsOpened
  }

  start(startMs: Milliseconds): void {
    this.#startMs = startMs
    this.#sweep = setInterval(() => this.#giveUpOverdue(), timeoutSweepMs(this.#timeoutMs))
    this.#pump()
  }

  /** No further arrivals; those that wait for a connection were due in time and are still sent. */
  endSending(): void {
    clearTimeout(this.#nextTimer)
    clearImmediate(this.#nextImmediate)
    this.#sendDue()
    this.#isSending = false
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#nextTimer)
    clearImmediate(this.#nextImmediate)
    clearInterval(this.#sweep)
    await this.#pool.destroy()
  }

  onSettled(exchange: OpenLoopExchange): void {
    if (this.#isClosed || !exchange.isDispatched) return
    this.#busyConnections--
    if (exchange.servedMs !== undefined) this.#connections.observe(exchange.servedMs)
    this.#startWaiting()
  }

  readonly #pump = (): void => {
    if (!this.#isSending || this.#isClosed) return
    this.#sendDue()
    const aheadMs = this.#startMs + this.#pacer.nextMs - performance.now()
    if (aheadMs === Infinity) return
    if (aheadMs <= 0 || (this.#maySpin && aheadMs < SPIN_BELOW_MS)) this.#nextImmediate = setImmediate(this.#pump)
    else this.#nextTimer = setTimeout(this.#pump, this.#maySpin ? aheadMs - SPIN_BELOW_MS : aheadMs)
  }

  /** What falls due meanwhile waits for the next turn: a sender that is behind must still read answers. */
  #sendDue(): void {
    const dueMs = performance.now() - this.#startMs
    while (this.#pacer.nextMs <= dueMs) {
      const intendedMs = this.#startMs + this.#pacer.nextMs
      this.#pacer.advance()
      this.#arrive(intendedMs, performance.now())
    }
  }

  #arrive(intendedMs: Milliseconds, nowMs: Milliseconds): void {
    const route = this.#mix.next()
    if (this.recorder.inFlight >= MAX_OUTSTANDING) {
      this.recorder.drop(route)
      return
    }
    this.recorder.send(route, nowMs - intendedMs)
    const request = this.#requests[route] as PlannedRequest // the mix deals indices of the requests
    const exchange = new OpenLoopExchange(this, route, request, intendedMs, nowMs)
    this.#outstanding.push(exchange)
    if (this.#busyConnections < this.#connections.limit) this.#dispatch(exchange)
    else this.#waiting.push(exchange)
  }

  #dispatch(exchange: OpenLoopExchange): void {
    this.#busyConnections++
    exchange.dispatch(this.#pool)
  }

  #startWaiting(): void {
    while (this.#busyConnections < this.#connections.limit) {
      const exchange = this.#waiting.shift()
      if (exchange === undefined) return
      if (!exchange.isSettled) this.#dispatch(exchange)
    }
  }

  /** The time-out is the same for all, so the oldest is always the next to time out. */
  #giveUpOverdue(): void {
    const nowMs = performance.now()
    for (let oldest = this.#outstanding.first; oldest !== undefined; oldest = this.#outstanding.first) {
      if (!oldest.isSettled && nowMs - oldest.arrivedMs < this.#timeoutMs) return
      this.#outstanding.shift()
      oldest.timeOut(nowMs)
    }
  }
}
