import type { Milliseconds } from './clock.ts'

/** How arrivals of an open workload are spread: evenly, or as a Poisson process (exponential gaps). */
export type Arrivals = 'uniform' | 'poisson'

/** Fixed connections, each sending its next request when the last is answered: finds the capacity. */
export interface ClosedWorkload {
  readonly kind: 'closed'
  /** At least 1. */
  readonly connections: number
}

/** Arrivals that do not wait for responses: shows the latency that independent clients see. */
export interface OpenWorkload {
  readonly kind: 'open'
  /** Requests that should start per second; above 0. */
  readonly ratePerS: number
  readonly arrivals: Arrivals
  /**
   * Connections that the target gets at first, at least 1; more, up to `maxConnections`, when its answers take so long that
   * the rate needs more. An arrival that finds none free waits, and its wait counts.
   */
  readonly initialConnections: number
  readonly maxConnections: number
}

/** What is applied to the target during one phase. */
export type Workload = ClosedWorkload | OpenWorkload

/** One request as the generator sends it. */
export interface PlannedRequest {
  /** The name that reports use for the route, for example `GET /api/v1/endpoint`. */
  readonly name: string
  readonly method: string
  /** Path and query, beginning with `/`. */
  readonly path: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** Share of the traffic relative to the other requests; a whole number, at least 1. */
  readonly weight: number
  readonly expect: Expectation
}

/** What a right answer looks like; without `status` any 2xx or 3xx is right. */
export interface Expectation {
  readonly status?: number | undefined
  readonly bodyContains?: string | undefined
}

/** How long a request may take before the generator gives it up, when nothing else is asked for. */
export const DEFAULT_REQUEST_TIMEOUT_MS: Milliseconds = 10_000
