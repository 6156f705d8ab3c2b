import type { Milliseconds } from '../core/clock.ts'
import { peakRatePerS } from '../core/rate-profile.ts'
import type { OpenWorkload } from '../core/workload.ts'

/** Connections per request on its way: room for bursts and for answers slower than the mean. */
const HEADROOM = 3
/** Weight of one answer in the moving mean of the service time. */
const SMOOTHING = 1 / 16

/**
 * How many connections an open loop may use: what Little's law asks for at the observed service time, three times over. It
 * starts where the workload says and only grows, up to the workload's maximum.
 *
 * Clients keep as many connections as their requests usually need. When such a server stalls, requests wait for a
 * connection: the wait is in their response time, and service time stays what the server takes for one request.
 */
export class ConnectionWindow {
  readonly #ratePerS: number
  readonly #maxConnections: number
  #meanServiceMs: Milliseconds | undefined
  #limit: number

  constructor({ stretches, initialConnections, maxConnections }: OpenWorkload) {
    this.#ratePerS = peakRatePerS(stretches)
    this.#maxConnections = maxConnections
    this.#limit = initialConnections
  }

  /** Connections that may be busy at once; 1 or more. */
  get limit(): number {
    return this.#limit
  }

  /** Takes the service time of an answer into account. */
  observe(serviceMs: Milliseconds): void {
    if (this.#limit >= this.#maxConnections) return
    const mean = this.#meanServiceMs ?? serviceMs
    this.#meanServiceMs = mean + (serviceMs - mean) * SMOOTHING
    const needed = connectionsNeeded(this.#ratePerS, this.#meanServiceMs)
    this.#limit = Math.min(Math.max(this.#limit, needed), this.#maxConnections)
  }
}

/**
 * Connections for a rate at a service time, with headroom.
 *
 * @see Little 1961: the mean number in a system is its arrival rate times the mean time spent in it
 */
function connectionsNeeded(ratePerS: number, serviceMs: Milliseconds): number {
  return Math.ceil((HEADROOM * ratePerS * serviceMs) / 1_000)
}
