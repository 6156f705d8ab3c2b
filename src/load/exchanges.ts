import { performance } from 'node:perf_hooks'

import type { Milliseconds } from '../core/clock.ts'
import { Backlog } from './backlog.ts'
import type { Connections } from './connections.ts'
import type { Exchange } from './exchange.ts'
import { timeoutSweepMs } from './load-engine.ts'

/** The exchanges of one phase that are under way, and a time-out for all. */
export class Exchanges {
  readonly #connections: Connections
  readonly #timeoutMs: Milliseconds
  readonly #openedBefore: number
  /** Every exchange from its arrival on, oldest first; settled ones leave when they come to the front. */
  readonly #outstanding = new Backlog<Exchange>()
  #isClosed = false
  #sweep: NodeJS.Timeout | undefined

  constructor(connections: Connections, timeoutMs: Milliseconds) {
    this.#connections = connections
    this.#timeoutMs = timeoutMs
    this.#openedBefore = connections.opened
  }

  /** How often a connection was opened in this phase. */
  get connectionsOpened(): number {
    return this.#connections.opened - this.#openedBefore
  }

  /** What is settled from now on is no longer anybody's business. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  start(): void {
    this.#sweep = setInterval(() => this.#giveUpOverdue(), timeoutSweepMs(this.#timeoutMs))
  }

  /** Watches over the time of an exchange that has arrived just now, whether it is sent at once or not. */
  add(exchange: Exchange): void {
    this.#outstanding.push(exchange)
  }

  /** @param connection its number, from 0, on which nothing else is on its way */
  send(exchange: Exchange, connection: number): void {
    exchange.sendOver(this.#connections.get(connection), connection)
  }

  /** Gives up what is not answered, so that the connections are free for the next phase. */
  close(): void {
    this.#isClosed = true
    clearInterval(this.#sweep)
    for (let exchange = this.#outstanding.shift(); exchange !== undefined; exchange = this.#outstanding.shift()) {
      exchange.abandon()
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
