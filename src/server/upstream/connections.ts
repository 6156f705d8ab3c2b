import { isIP } from 'node:net'
import { buildConnector, Client } from 'undici'

import type { Clock, Milliseconds } from '../../core/clock.ts'
import { AddressCache } from './address-cache.ts'
import type { Resolve } from './address-cache.ts'

/** How the connections to one host are opened and kept. */
export interface ConnectionOptions {
  readonly connectTimeoutMs: Milliseconds
  readonly maxIdleConnections: number
  /** How long the addresses of the host are remembered, and so how old a connection may become: 1 s at least. */
  readonly dnsTtlMs: Milliseconds
}

/**
 * Shorter than servers wait for a next request (Node 5 s, most others longer), so that it is we who close; a Keep-Alive
 * header of the server goes before it.
 */
const IDLE_TIMEOUT_MS: Milliseconds = 4_000

/** However short addresses are remembered, a connection is worth more than one call. */
const MIN_MAX_AGE_MS: Milliseconds = 1_000

/** One connection, for one call at a time. */
export interface Connection {
  readonly client: Client
  readonly openedAtMs: Milliseconds
  /** The socket is there; false before the first call, and after the end. */
  isOpen: boolean
}

/**
 * The connections to one host and port. How many calls there are at the same time is for others to limit; of the
 * connections that no call uses, only so many are kept.
 *
 * undici's own pool keeps as many as there ever were calls at once, until each has been idle for seconds.
 */
export class Connections {
  readonly #origin: string
  readonly #options: ConnectionOptions
  readonly #clock: Clock
  readonly #addresses: AddressCache
  readonly #connect: buildConnector.connector
  readonly #maxAgeMs: Milliseconds
  readonly #all = new Set<Connection>()
  /** The one used last is used first, so that those too many become old. */
  readonly #idle: Connection[] = []
  #connected = 0
  #isClosed = false

  /** @param resolve how names are resolved; by the system unless said otherwise */
  constructor(origin: string, options: ConnectionOptions, clock: Clock, resolve?: Resolve) {
    this.#origin = origin
    this.#options = options
    this.#clock = clock
    this.#addresses = new AddressCache(options.dnsTtlMs, clock, resolve)
    const { hostname } = new URL(origin)
    const isName = isIP(hostname.replaceAll(/[[\]]/g, '')) === 0
    // A name may come to mean other machines; connections to those before must not live on for ever.
    this.#maxAgeMs = isName ? Math.max(MIN_MAX_AGE_MS, options.dnsTtlMs) : Number.POSITIVE_INFINITY
    this.#connect = buildConnector({
      allowH2: false,
      timeout: options.connectTimeoutMs,
      lookup: this.#addresses.lookup,
    })
  }

  /** Those whose socket is open, in use or not. */
  get connected(): number {
    return this.#connected
  }

  /** There is nothing to call any more; whoever calls was too late. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * A connection for one call; give it back, or discard it.
   *
   * @param isFresh a new one, because those that are left may have ended without our knowing; it takes the place of one
   */
  take(isFresh: boolean): Connection {
    const idle = this.#idle.pop()
    if (idle !== undefined && !isFresh) return idle
    if (idle !== undefined) this.discard(idle)
    return this.open()
  }

  /** After a call that came to its end. */
  giveBack(connection: Connection): void {
    const isUsable = connection.isOpen && this.#clock.now() - connection.openedAtMs < this.#maxAgeMs
    if (isUsable && this.#idle.length < this.#options.maxIdleConnections) this.#idle.push(connection)
    else this.discard(connection)
  }

  /** Ends the connection, and the call that it may have. */
  discard(connection: Connection): void {
    if (!this.#all.delete(connection)) return
    void connection.client.destroy()
  }

  /** Ends all connections, and with them the calls under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    const clients = Array.from(this.#all, ({ client }) => client)
    this.#all.clear()
    this.#idle.length = 0
    await Promise.all(clients.map((client) => client.destroy()))
  }

  /** A connection beyond those that are left; give it back or discard it as well. */
  open(): Connection {
    // Times are ours to watch: undici looks at its timers only every half second.
    const client = new Client(this.#origin, {
      connect: this.#connect,
      pipelining: 1,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    const connection: Connection = { client, openedAtMs: this.#clock.now(), isOpen: false }
    client.on('connect', () => {
      connection.isOpen = true
      this.#connected++
    })
    client.on('disconnect', () => {
      connection.isOpen = false
      this.#connected--
      const index = this.#idle.indexOf(connection)
      if (index >= 0) this.#idle.splice(index, 1)
      // One that has a call may be connected again by undici, for what comes next; nothing comes next.
      if (index >= 0) this.discard(connection)
    })
    client.on('connectionError', () => this.#addresses.forget())
    this.#all.add(connection)
    return connection
  }
}
