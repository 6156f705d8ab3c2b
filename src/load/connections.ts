import type { GeneratorPlan } from '../core/generator-messages.ts'
import { HttpConnection } from './http-connection.ts'

/** What connections are made with. */
type ConnectionOptions = Pick<GeneratorPlan, 'origin' | 'insecure'>

/**
 * Numbered connections, each opened with its first request and again when it was lost. They outlive a phase: clients of a server
 * that has been running do not all connect anew at the moment from which somebody measures.
 */
export class Connections {
  readonly #options: ConnectionOptions
  readonly #connections: HttpConnection[] = []
  #opened = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
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
  get(number: number): HttpConnection {
    return (this.#connections[number] ??= this.#begin())
  }

  close(): void {
    for (const connection of this.#connections) connection.close()
  }

  #begin(): HttpConnection {
    const { origin, insecure } = this.#options
    return new HttpConnection({ origin: new URL(origin), insecure }, () => this.#opened++)
  }
}
