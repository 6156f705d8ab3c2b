import type { Milliseconds } from '../../core/clock.ts'

/** What settings are judged by, and no settings file says. */
export interface LintFacts {
  /** Of the machine that the file is for; above 0, fractional under a quota. */
  readonly cpus: number
  readonly memoryBytes: number
  /** `max_connections` of the database server, for all its clients. */
  readonly databaseConnections: number
  /** Machines, or containers, that run with these settings; at least 1. */
  readonly replicas: number
  /** How long the load balancer keeps an idle connection; 0: there is no balancer. */
  readonly balancerIdleS: number
  readonly expected: Expectations
}

/** What the users of the service expect; null where nobody said. */
export interface Expectations {
  /** Requests of all replicas together. */
  readonly ratePerS: number | null
  readonly p50Ms: Milliseconds | null
  readonly p95Ms: Milliseconds | null
  /** Who send their next request when the last is answered and `thinkTimeMs` has passed. */
  readonly users: number | null
  readonly thinkTimeMs: Milliseconds
}
