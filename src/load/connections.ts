import type { Socket } from 'node:net'

import { buildConnector, Client, type Dispatcher } from 'undici'

import type { Milliseconds } from '../core/clock.ts'
import type { GeneratorPlan } from '../core/generator-messages.ts'

/**
 * Longer than clients pause: a connection that is closed while its client thinks is opened again within a response time. When
 * a server says that it closes sooner, undici does too.
 */
const KEEP_ALIVE_MS: Milliseconds = 600_000

/** What connections are made with. */
type ConnectionOptions = Pick<GeneratorPlan, 'origin' | 'insecure'>

interface Connection {
  readonly client: Client
  /** The latest one; undefined before the first request. */
  socket: Socket | undefined
}

/**
 * Numbered connections of undici, each opened with its first request and again when it was lost. They outlive a phase:
 * clients of a server that has been running do not all connect anew at the moment from which somebody measures. Undici's own
 * pool would look through all of them for a free one at each request.
 */
export class Connections {
  readonly #options: ConnectionOptions
  readonly #connect: buildConnector.connector
  readonly #connections: Connection[] = []
  #opened = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
    // A request that gets no connection in time is given up by its sender, who knows when it was due.
    this.#connect = buildConnector({ rejectUnauthorized: !options.insecure, timeout: 0, allowH2: false })
  }

  /** How often one was opened. */
  get opened(): number {
    return this.#opened
  }

  /** Numbers below this were used. */
  get count(): number {
    return this.#connections.length
  }

  /** They can carry a phase with these options. */
  suit({ origin, insecure }: ConnectionOptions): boolean {
    return origin === this.#options.origin && insecure === this.#options.insecure
  }

  /** @param number from 0 to `count`; a new one when it is `count` */
  get(number: number): Dispatcher {
    return (this.#connections[number] ??= this.#begin()).client
  }

  /** Gives one up that has not been made, with what waits for it; another is opened under its number with the next request. */
  replace(number: number): void {
    const connection = this.#connections[number]
    if (connection === undefined) return
    this.#connections[number] = this.#begin()
    void end(connection)
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map(end))
  }

  #begin(): Connection {
    const client = new Client(this.#options.origin, {
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: (options, callback) => {
        // The connector gives the socket back at once, of which its published type does not speak.
        connection.socket = this.#connect(options, callback) as unknown as Socket
      },
    })
    const connection: Connection = { client, socket: undefined }
    client.on('connect', () => this.#opened++)
    return connection
  }
}

/** A client that is still connecting does not end its socket by itself. */
async function end({ client, socket }: Connection): Promise<void> {
  await client.destroy()
  socket?.destroy()
}
