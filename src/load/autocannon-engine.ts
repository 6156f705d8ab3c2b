import { performance } from 'node:perf_hooks'

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
 * makes the clients and parses their answers; its requests, its clock, its rates and its figures are not used.
 */
export class AutocannonEngine implements LoadEngine {
  readonly #context: EngineContext
  readonly #part: Part
  readonly #shared: ConnectionContext
  readonly #connections: RepairedConnection[] = []
  readonly #ended = Promise.withResolvers<void>()
  #isSending = true
  #connectionsOpened = 0
  #sweep: NodeJS.Timeout | undefined

  constructor(context: EngineContext, workload: ClosedWorkload) {
    const { plan, functions, recorder, maxRequests, onFailure } = context
    this.#context = context
    this.#part = partOf(workload.connections, plan.share)
    this.#shared = {
      address: { origin: new URL(plan.origin), insecure: plan.insecure },
      source: new RequestSource(plan, functions),
      recorder,
      isSending: () => this.#isSending && recorder.sent < maxRequests,
      onOpened: () => this.#connectionsOpened++,
      onFailure,
    }
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
    const setupClient = (client: AutocannonClient): void => {
      const number = this.#part.first + this.#connections.length
      this.#connections.push(new RepairedConnection(client, number, this.#shared))
    }
    return {
      url: this.#context.plan.origin,
      connections: this.#part.count,
      duration: NO_DURATION_S,
      sampleInt: SAMPLE_INTERVAL_MS,
      // The published types know the client's public half only.
      setupClient: setupClient as unknown as NonNullable<autocannon.Options['setupClient']>,
    }
  }

  #giveUpOverdue(): void {
    const nowMs = performance.now()
    for (const connection of this.#connections) connection.timeOut(nowMs, this.#context.plan.timeoutMs)
  }
}
