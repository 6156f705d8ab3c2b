import { performance } from 'node:perf_hooks'

import type { Milliseconds } from '../core/clock.ts'
import type { Share } from '../core/generator-messages.ts'
import type { UsersWorkload } from '../core/workload.ts'
import { Alarm } from './alarm.ts'
import { DueHeap } from './due-heap.ts'
import { Exchange, type ExchangeOwner } from './exchange.ts'
import { Exchanges } from './exchanges.ts'
import type { EngineContext, LoadEngine } from './load-engine.ts'
import { RequestSource } from './request-source.ts'
import { ThinkTimes } from './think-times.ts'

const MS_PER_S = 1_000
/** The least pause of a user who got no answer, so that a dead target does not become a busy loop. */
const UNANSWERED_PAUSE_MS: Milliseconds = 100

/**
 * People who send, read the answer, think, and send again, each on a connection of their own. A request is
 * intended for the end of the think time, and its response time counts from there; how long an answer takes delays what
 * its user sends next, as it does with people.
 */
export class UsersEngine implements LoadEngine, ExchangeOwner {
  readonly recorder: ExchangeOwner['recorder']
  readonly onFailure: ExchangeOwner['onFailure']
  readonly #workload: UsersWorkload
  readonly #share: Share
  readonly #source: RequestSource
  readonly #thinkTimes: ThinkTimes
  readonly #exchanges: Exchanges
  /** Users who think or have not begun, by the moment of `performance.now()` at which each sends. */
  readonly #thinking = new DueHeap()
  readonly #alarm: Alarm
  #isSending = true

  constructor({ plan, functions, recorder, connections, onFailure }: EngineContext, workload: UsersWorkload) {
    this.recorder = recorder
    this.onFailure = onFailure
    this.#workload = workload
    this.#share = plan.share
    this.#source = new RequestSource(plan, functions)
    this.#thinkTimes = new ThinkTimes(workload.think, plan.seed)
    this.#exchanges = new Exchanges(connections, plan.timeoutMs)
    this.#alarm = new Alarm(
      () => this.#sendDue(),
      plan.maySpin,
      () => recorder.inFlight > 0,
    )
  }

  get connectionsOpened(): number {
    return this.#exchanges.connectionsOpened
  }

  start(startMs: Milliseconds): void {
    const { users, spawnRatePerS } = this.#workload
    for (let user = this.#share.index; user < users; user += this.#share.of) {
      this.#thinking.push(startMs + (user * MS_PER_S) / spawnRatePerS, user)
    }
    this.#exchanges.start()
    this.#alarm.set(this.#thinking.nextMs)
  }

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
    if (!this.#isSending) return
    const user = exchange.client
    const thinkMs = this.#thinkTimes.next(user)
    const pauseMs = exchange.servedMs === undefined ? Math.max(thinkMs, UNANSWERED_PAUSE_MS) : thinkMs
    this.#thinking.push(performance.now() + pauseMs, user)
    if (this.#thinking.nextMs < this.#alarm.atMs) this.#alarm.set(this.#thinking.nextMs)
  }

  /** Who falls due meanwhile waits for the next turn: a sender that is behind must still read answers. */
  #sendDue(): void {
    if (!this.#isSending) return
    const nowMs = performance.now()
    try {
      while (this.#thinking.nextMs <= nowMs) this.#sendFirst()
    } catch (error) {
      // Only a scenario module's own functions throw, and they throw errors.
      this.#isSending = false
      this.onFailure(error as Error)
      return
    }
    this.#alarm.set(this.#thinking.nextMs)
  }

  #sendFirst(): void {
    const intendedMs = this.#thinking.nextMs
    const user = this.#thinking.shift()
    if (user === undefined) return
    const sourced = this.#source.next(user)
    const arrivedMs = performance.now()
    this.recorder.send(sourced.route, arrivedMs - intendedMs)
    const exchange = new Exchange(this, sourced, user, { intendedMs, arrivedMs })
    this.#exchanges.add(exchange)
    this.#exchanges.send(exchange, Math.floor(user / this.#share.of))
  }
}
