import { performance } from 'node:perf_hooks'

import type { Milliseconds } from '../core/clock.ts'
import type { Share } from '../core/generator-messages.ts'
import { seededRandom } from '../core/random.ts'
import type { OpenWorkload } from '../core/workload.ts'
import { Alarm } from './alarm.ts'
import { Backlog } from './backlog.ts'
import { ConnectionWindow } from './connection-window.ts'
import { Exchange, type ExchangeOwner } from './exchange.ts'
import { Exchanges } from './exchanges.ts'
import type { EngineContext, LoadEngine } from './load-engine.ts'
import { Pacer } from './pacer.ts'
import { RequestSource } from './request-source.ts'

/**
 * Requests that may be outstanding at once, waiting for a connection or for an answer; arrivals beyond are dropped: a target
 * this far behind is not told more by still more, which would only take memory.
 */
const MAX_OUTSTANDING = 20_000
/** A sender this late is behind its schedule, and reads answers late for about as long as it takes to catch up. */
const BEHIND_MS: Milliseconds = 5
const CATCH_UP_MS: Milliseconds = 50
/** Kept apart from the mix by another seed, so that changing the requests does not move the arrivals. */
export const ARRIVALS_SEED_OFFSET = 1

/**
 * Sends at intended moments that do not depend on answers. A request for which no connection is free waits
 * for one, and its wait is part of its response time; a request that is sent late keeps its intended start.
 */
export class OpenLoopEngine implements LoadEngine, ExchangeOwner {
  readonly recorder: ExchangeOwner['recorder']
  readonly onFailure: ExchangeOwner['onFailure']
  readonly #share: Share
  readonly #ownClients: number
  readonly #window: ConnectionWindow
  readonly #exchanges: Exchanges
  readonly #pacer: Pacer
  readonly #alarm: Alarm
  readonly #source: RequestSource
  /** Requests for which no connection was free, oldest first. */
  readonly #waiting = new Backlog<Exchange>()
  #busyConnections = 0
  /** Numbers of connections that were used and are free; in turn, so that all workers behind them get their share. */
  readonly #freeConnections = new Backlog<number>()
  #startMs: Milliseconds = 0
  /** Counted from the start. */
  #behindUntilMs: Milliseconds = 0
  #isSending = true

  constructor({ plan, functions, recorder, connections, onFailure }: EngineContext, workload: OpenWorkload) {
    this.recorder = recorder
    this.onFailure = onFailure
    this.#share = plan.share
    this.#ownClients = Math.ceil((workload.clients - plan.share.index) / plan.share.of)
    this.#window = new ConnectionWindow(workload, plan.share)
    this.#alarm = new Alarm(
      () => this.#pump(),
      plan.maySpin,
      () => recorder.inFlight > 0,
    )
    this.#pacer = new Pacer(
      { stretches: workload.stretches, arrivals: workload.arrivals, share: plan.share },
      seededRandom(plan.seed + ARRIVALS_SEED_OFFSET),
    )
    this.#source = new RequestSource(plan, functions)
    this.#exchanges = new Exchanges(connections, plan.timeoutMs)
    const kept = Math.min(connections.count, this.#window.limit)
    for (let number = 0; number < kept; number++) this.#freeConnections.push(number)
  }

  get connectionsOpened(): number {
    return this.#exchanges.connectionsOpened
  }

  start(startMs: Milliseconds): void {
    this.#startMs = startMs
    this.#exchanges.start()
    this.#pump()
  }

  /** No further arrivals; those that wait for a connection were due in time and are still sent. */
  endSending(): void {
    this.#sendDue()
    this.#isSending = false
    this.#alarm.set(Infinity)
  }

  async close(): Promise<void> {
    this.#isSending = false
    this.#alarm.cancel()
    this.#exchanges.close()
  }

  onSettled(exchange: Exchange): void {
    if (this.#exchanges.isClosed || exchange.connection === undefined) return
    this.#busyConnections--
    this.#freeConnections.push(exchange.connection)
    if (exchange.servedMs !== undefined && !this.#isBehind()) this.#window.observe(exchange.servedMs)
    this.#startWaiting()
  }

  /** Then answers only seem to take long. */
  #isBehind(): boolean {
    return performance.now() - this.#startMs < this.#behindUntilMs
  }

  #pump(): void {
    this.#sendDue()
    if (this.#isSending) this.#alarm.set(this.#startMs + this.#pacer.nextMs)
  }

  /** What falls due meanwhile waits for the next turn: a sender that is behind must still read answers. */
  #sendDue(): void {
    if (!this.#isSending) return
    const dueMs = performance.now() - this.#startMs
    if (dueMs - this.#pacer.nextMs > BEHIND_MS) this.#behindUntilMs = dueMs + CATCH_UP_MS
    try {
      while (this.#pacer.nextMs <= dueMs) this.#arrive()
    } catch (error) {
      // Only a scenario module's own functions throw, and they throw errors.
      this.#isSending = false
      this.onFailure(error as Error)
    }
  }

  #arrive(): void {
    const client = this.#clientOf(this.#pacer.number)
    const intendedMs = this.#startMs + this.#pacer.nextMs
    this.#pacer.advance()
    const sourced = this.#source.next(client)
    if (this.recorder.inFlight >= MAX_OUTSTANDING) {
      this.recorder.drop(sourced.route)
      return
    }
    const arrivedMs = performance.now()
    this.recorder.send(sourced.route, arrivedMs - intendedMs)
    const exchange = new Exchange(this, sourced, client, { intendedMs, arrivedMs })
    this.#exchanges.add(exchange)
    if (this.#busyConnections < this.#window.limit) this.#dispatch(exchange)
    else this.#waiting.push(exchange)
  }

  /** Each client belongs to one generator, so that what it captured is known where it sends. */
  #clientOf(number: number): number {
    const { index, of } = this.#share
    return index + of * (Math.floor(number / of) % this.#ownClients)
  }

  #dispatch(exchange: Exchange): void {
    // When all that were ever used are busy, there are as many as their numbers.
    const connection = this.#freeConnections.shift() ?? this.#busyConnections
    this.#busyConnections++
    this.#exchanges.send(exchange, connection)
  }

  #startWaiting(): void {
    while (this.#busyConnections < this.#window.limit) {
      const exchange = this.#waiting.shift()
      if (exchange === undefined) return
      if (!exchange.isSettled) this.#dispatch(exchange)
    }
  }
}
