import type { Milliseconds } from './clock.ts'
import type { RateStretch } from './rate-profile.ts'

/** How arrivals of an open workload are spread: evenly, or as a Poisson process (exponential gaps). */
export type Arrivals = 'uniform' | 'poisson'

/** Fixed connections, each sending its next request when the last is answered: finds the capacity. */
export interface ClosedWorkload {
  readonly kind: 'closed'
  /** At least 1. */
  readonly connections: number
  /** The phase ends early, when so many were sent and settled; at least 1. */
  readonly maxRequests?: number | undefined
}

/** Arrivals that do not wait for responses: shows the latency that independent clients see. */
export interface OpenWorkload {
  readonly kind: 'open'
  /** The rate over the time of the phase: at least one stretch, together as long as the phase. */
  readonly stretches: readonly RateStretch[]
  readonly arrivals: Arrivals
  /**
   * Connections that the target gets at first, at least 1; more, up to `maxConnections`, when its answers take so long that
   * the rate needs more. An arrival that finds none free waits, and its wait counts.
   */
  readonly initialConnections: number
  readonly maxConnections: number
  /** Clients that the arrivals come from in turn, at least 1: what `{{client}}` is and captures belong to. */
  readonly clients: number
}

/** People: each sends a request, reads the answer, thinks, and sends the next. */
export interface UsersWorkload {
  readonly kind: 'users'
  /** At least 1. */
  readonly users: number
  /** Users that begin per second, above 0; the first one begins at once. */
  readonly spawnRatePerS: number
  /** Think time after each answer, drawn evenly from `[minMs, maxMs]`. */
  readonly think: { readonly minMs: Milliseconds; readonly maxMs: Milliseconds }
}

/** What is applied to the target during one phase. */
export type Workload = ClosedWorkload | OpenWorkload | UsersWorkload

/**
 * One request as the generator sends it. Path, header values and body are templates: `{{index}}` the number of the request
 * in the phase, from 0; `{{client}}` the number of its connection, user or client, from 0, and `{{client.ip}}` an address in
 * 10.0.0.0/8 that goes with it; `{{uuid}}` and `{{random(1,100)}}`, seeded; `{{users.email}}` a column of the data set
 * `users`; `{{token}}` what an earlier answer to the same client was captured as.
 */
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
  /** What later requests of the same client may use. */
  readonly captures?: readonly Capture[] | undefined
}

/** What a right answer looks like; without `status` any 2xx or 3xx is right. */
export interface Expectation {
  /** The right status codes. */
  readonly status?: readonly number[] | undefined
  readonly bodyContains?: string | undefined
  /** By lower-case name: text that the header contains, without regard to case. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** A value taken from a good answer and kept for its client under `name`. */
export interface Capture {
  readonly name: string
  /** `json`: a path such as `data.items.0.id`; `header`: a lower-case name; `pattern`: a regular expression, its first group. */
  readonly from: 'json' | 'header' | 'pattern'
  readonly selector: string
}

/** Rows that templates take values from, by column name. */
export interface DataSet {
  /** At least one. */
  readonly rows: readonly Readonly<Record<string, string>>[]
  /** In order, and from the beginning again; or a seeded draw for each request. */
  readonly pick: 'in-order' | 'random'
}

/** How long a request may take before the generator gives it up, when nothing else is asked for. */
export const DEFAULT_REQUEST_TIMEOUT_MS: Milliseconds = 10_000

/** Bounds that keep a typing error from becoming an attack on one's own machine, wherever a load is asked for. */
export const MAX_CONNECTIONS = 10_000
/** More than one machine can send. */
export const MAX_RATE_PER_S = 1_000_000
/** A soak may last a day. */
export const MAX_DURATION_MS: Milliseconds = 86_400_000
