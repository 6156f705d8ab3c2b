import autocannon from 'autocannon'

import type { Milliseconds } from '../core/clock.ts'
import { seededRandom } from '../core/random.ts'
import type { ClosedWorkload } from '../core/workload.ts'
import { type ConnectionContext, RepairedConnection } from './autocannon-repairs.ts'
import type { AutocannonClient } from './autocannon-types.ts'
import { type EngineContext, type LoadEngine, timeoutSweepMs } from './load-engine.ts'
import { RequestMix } from './request-mix.ts'

/** Autocannon looks only this often whether its run is over. */
const SAMPLE_INTERVAL_MS: Milliseconds = 50
/** Longer than any phase: the window is ours. In seconds, below what a timer can hold. */
const NO_DURATION_S = 2_000_000

/**
 * A fixed number of connections, each sending its next request when the last one is answered, over autocannon 9.0.0. It
 * encodes the requests, opens the clients and reads their answers; its clock, its rates and its figures are not used.
 */
export class AutocannonEngine implements LoadEngine {
  readonly #context: EngineContext
  readonly #workload: ClosedWorkload
  readonly #connections: RepairedConnection[] = []
  readonly #ended = Promise.withResolvers<void>()
  #isSending = true
  #connectionsOpened = 0
  #sweep: NodeJS.Timeout | undefined

  constructor(context: EngineContext, workload: ClosedWorkload) {
    this.#context = context
    this.#workload = workload
  }

  get connectionsOpened(): number {
    return this.#connectionsOpened
  }

  start(): void {
    const { plan, recorder, onFailure } = this.#context
    const mix = new RequestMix(
      plan.requests.map((request) => request.weight),
      seededRandom(plan.seed),
    )
    const context: ConnectionContext = {
      origin: new URL(plan.origin),
      requests: plan.requests,
      insecure: plan.insecure,
      recorder,
      nextRoute: () => mix.next(),
      isSending: () => this.#isSending,
      onOpened: () => this.#connectionsOpened++,
    }
    const options = {
      url: plan.origin,
      connections: this.#workload.connections,
      duration: NO_DURATION_S,
      sampleInt: SAMPLE_INTERVAL_MS,
      requests: plan.requests.map(({ method, path, headers, body }) => ({
        method: method as autocannon.Request['method'], // its types list the methods, which the scenario does not
        path,
        headers: { ...headers },
        ...(body === undefined ? {} : { body }),
      })),
      // The published types know the client's public half only.
      setupClient: (client: unknown): void => {
        this.#connections.push(new RepairedConnection(client as AutocannonClient, context))
      },
    } as autocannon.Options
    this.#sweep = setInterval(() => this.#giveUpOverdue(), timeoutSweepMs(plan.timeoutMs))
    try {
      autocannon(options, (error: Error | null) => {
        if (error !== null) onFailure(error)
        this.#ended.resolve()
      })
    } catch (error) {
      this.#ended.resolve()
      throw error
    }
  }

  endSending(): void {
    this.#isSending = false
  }

  async close(): Promise<void> {
    this.#isSending = false
    clearInterval(this.#sweep)
    for (const connection of this.#connections) connection.close()
    await this.#ended.promise
  }

  #giveUpOverdue(): void {
    const nowMs = performance.now()
    for (const connection of this.#connections) connection.timeOut(nowMs, this.#context.plan.timeoutMs)
  }
}
