import { buildConnector, Client, type Dispatcher } from 'undici'

import type { GeneratorPlan } from '../core/generator-messages.ts'

/** What connections are made with. */
type ConnectionOptions = Pick<GeneratorPlan, 'origin' | 'insecure' | 'timeoutMs'>

/**
 * Numbered connections of undici, each opened with its first request and again when it was lost. They outlive a phase:
 * clients of a server that has been running do not all connect anew at the moment from which somebody measures. Undici's own
 * pool would look through all of them for a free one at each request.
 */
export class Connections {
  readonly #options: ConnectionOptions
  readonly #connect: buildConnector.connector
  readonly #clients: Client[] = []
  #opened = 0

  constructor(options: ConnectionOptions) {
    const { insecure, timeoutMs } = options
    this.#options = options
    this.#connect = buildConnector({ rejectUnauthorized: !insecure, timeout: timeoutMs, allowH2: false })
  }

  /** How often one was opened. */
  get opened(): number {
    return this.#opened
  }

  /** Numbers below this were used. */
  get count(): number {
    return this.#clients.length
  }

  /** They can carry a phase with these options. */
  suit({ origin, insecure, timeoutMs }: ConnectionOptions): boolean {
    const own = this.#options
    return origin === own.origin && insecure === own.insecure && timeoutMs === own.timeoutMs
  }

  /** @param number from 0 to `count`; a new one when it is `count` */
  get(number: number): Dispatcher {
    return (this.#clients[number] ??= this.#newClient())
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.destroy()))
  }

  #newClient(): Client {
    const client = new Client(this.#options.origin, {
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.#connect,
    })
    return client.on('connect', () => this.#opened++)
  }
}
