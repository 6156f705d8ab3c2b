import autocannon from 'autocannon'

import type { Milliseconds } from '../core/clock.ts'
import type { ClosedWorkload } from '../core/workload.ts'
import { type ConnectionContext, RepairedConnection } from './autocannon-repairs.ts'
import type { AutocannonClient } from './autocannon-types.ts'
import { type EngineContext, type LoadEngine, timeoutSweepMs } from './load-engine.ts'
import { RequestSource } from './request-source.ts'
import { type Part, partOf } from './share.ts'

/** Autocannon looks only this often whether its run is over. */
const SAMPLE_INTERVAL_MS: Milliseconds = 50
/** Longer than any phase: the window is ours. In seconds, below what a timer can hold. */
const NO_DURATION_S = 2_000_000

/**
 * A fixed number of connections, each sending its next request when the last one is answered, over autocannon 9.0.0. It
 * encodes the requests that never change, makes the clients and parses their answers; its clock, its rates and its figures
 * are not used.
 */
export class AutocannonEngine implements LoadEngine {
  readonly #context: EngineContext
  readonly #part: Part
  readonly #source: RequestSource
  readonly #connections: RepairedConnection[] = []
  readonly #ended = Promise.withResolvers<void>()
  #isSending = true
  #connectionsOpened = 0
  #sweep: NodeJS.Timeout | undefined

  constructor(context: EngineContext, workload: ClosedWorkload) {
    this.#context = context
    this.#part = partOf(workload.connections, context.plan.share)
    this.#source = new RequestSource(context.plan, context.functions)
  }

  get connectionsOpened(): number {
    return this.#connectionsOpened
  }

  start(): void {
    const { plan } = this.#context
    if (this.#part.count === 0) {
      this.#ended.resolve()
      return
    }
    this.#sweep = setInterval(() => this.#giveUpOverdue(), timeoutSweepMs(plan.timeoutMs))
    try {
      autocannon(this.#options(), (error: Error | null) => {
        if (error !== null) this.#context.onFailure(error)
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

  #options(): autocannon.Options {
    const { plan } = this.#context
    let shared: ConnectionContext | undefined
    const setupClient = (client: AutocannonClient): void => {
      shared ??= this.#sharedBy(client)
      const number = this.#part.first + this.#connections.length
      this.#connections.push(new RepairedConnection(client, number, shared))
    }
    return {
      url: plan.origin,
      connections: this.#part.count,
      duration: NO_DURATION_S,
      sampleInt: SAMPLE_INTERVAL_MS,
      requests: plan.requests.map(({ method, path, headers, body }) => ({
        method: method as autocannon.Request['method'], // its types list the methods, which the plan does not
        path,
        headers: { ...headers },
        ...(body === undefined ? {} : { body }),
      })),
      // The published types know the client's public half only.
      setupClient: setupClient as unknown as NonNullable<autocannon.Options['setupClient']>,
    }
  }

  /** What the first client tells of all: its requests as it would write them. */
  #sharedBy(client: AutocannonClient): ConnectionContext {
    const { plan, recorder, maxRequests, onFailure } = this.#context
    const { unchanging } = this.#source
    return {
      origin: new URL(plan.origin),
      encoded: client.requestIterator.requests.map(({ requestBuffer }, route) =>
        unchanging[route] === true ? requestBuffer : undefined,
      ),
      source: this.#source,
      insecure: plan.insecure,
      recorder,
      isSending: () => this.#isSending && recorder.sent < maxRequests,
      onOpened: () => this.#connectionsOpened++,
      onFailure,
    }
  }

  #giveUpOverdue(): void {
    const nowMs = performance.now()
    for (const connection of this.#connections) connection.timeOut(nowMs, this.#context.plan.timeoutMs)
  }
}
