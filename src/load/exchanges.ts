import { buildConnector, Client } from 'undici'

import type { Milliseconds } from '../core/clock.ts'
import type { GeneratorPlan } from '../core/generator-messages.ts'
import { Backlog } from './backlog.ts'
import type { Exchange } from './exchange.ts'
import { timeoutSweepMs } from './load-engine.ts'

/**
 * What carries the exchanges of one phase: numbered connections of undici, each opened with its first request and again when
 * it was lost, and a time-out for all. Undici's own pool would look through all of them for a free one at each request.
 */
export class Exchanges {
  readonly #origin: string
  readonly #timeoutMs: Milliseconds
  readonly #connect: buildConnector.connector
  readonly #connections: Client[] = []
  /** Every exchange from its arrival on, oldest first; settled ones leave when they come to the front. */
  readonly #outstanding = new Backlog<Exchange>()
  #connectionsOpened = 0
  #isClosed = false
  #sweep: NodeJS.Timeout | undefined

  constructor({ origin, insecure, timeoutMs }: GeneratorPlan) {
    this.#origin = origin
    this.#timeoutMs = timeoutMs
    this.#connect = buildConnector({ rejectUnauthorized: !insecure, timeout: timeoutMs, allowH2: false })
  }

  /** How often a connection was opened. */
  get connectionsOpened(): number {
    return this.#connectionsOpened
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
    while (this.#outstanding.first?.isSettled === true) this.#outstanding.shift()
    this.#outstanding.push(exchange)
  }

  /** @param connection its number, from 0, on which nothing else is on its way */
  send(exchange: Exchange, connection: number): void {
    exchange.dispatch((this.#connections[connection] ??= this.#newConnection()), connection)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#sweep)
    await Promise.all(this.#connections.map((connection) => connection.destroy()))
  }

  #newConnection(): Client {
    const client = new Client(this.#origin, {
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.#connect,
    })
    return client.on('connect', () => this.#connectionsOpened++)
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
