import type { Milliseconds } from '../core/clock.ts'
import type { Share } from '../core/generator-messages.ts'
import { peakRatePerS } from '../core/rate-profile.ts'
import type { OpenWorkload } from '../core/workload.ts'
import { partOf } from './share.ts'

/** Connections per request on its way: room for bursts and for answers slower than the mean. */
const HEADROOM = 3
/**
 * The moving mean of the service time is one over as many answers as arrive within this time, and at least so many: the few
 * requests that a short stall holds up weigh no more than they are, but of a server that has become slow all are slow.
 */
const SMOOTHING_MS: Milliseconds = 250
const MIN_SMOOTHING_ANSWERS = 16

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
  readonly #smoothingAnswers: number
  #answers = 0
  #meanServiceMs: Milliseconds = 0
  #limit: number

  /** @param share the part of the rate and of the connections that is this generator's; at least one connection is */
  constructor({ stretches, initialConnections, maxConnections }: OpenWorkload, share: Share) {
    this.#ratePerS = peakRatePerS(stretches) / share.of
    this.#smoothingAnswers = Math.max(MIN_SMOOTHING_ANSWERS, (this.#ratePerS * SMOOTHING_MS) / 1_000)
    this.#maxConnections = Math.max(1, partOf(maxConnections, share).count)
    this.#limit = Math.max(1, partOf(initialConnections, share).count)
  }

  /** Connections that may be busy at once; 1 or more. */
  get limit(): number {
    return this.#limit
  }

  /** Takes the service time of an answer into account. */
  observe(serviceMs: Milliseconds): void {
    if (this.#limit >= this.#maxConnections) return
    this.#answers = Math.min(this.#answers + 1, this.#smoothingAnswers)
    this.#meanServiceMs += (serviceMs - this.#meanServiceMs) / this.#answers
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
