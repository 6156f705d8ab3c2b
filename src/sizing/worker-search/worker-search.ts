import type { Milliseconds } from '../../core/clock.ts'
import type { WorkerChoice } from '../workers.ts'

/** What one boot of the target showed at full load. A figure that could not be had is null. */
export interface WorkerProbe {
  readonly workers: number
  /** Good answers at saturation; above 0. */
  readonly throughputPerS: number
  /** Of the throughput, over the seconds of the probe; 1/s. It says nothing about how boots differ. */
  readonly standardError: number | null
  /** CPU time of all processes per completed request; above 0. */
  readonly cpuMsPerRequest: Milliseconds | null
  /** Time in which the event loop was really busy, per completed request; null for a target that cannot be looked into. */
  readonly busyLoopMsPerRequest: Milliseconds | null
  /** CPU time per wall time of the whole target. */
  readonly cpus: number | null
  /** Processes that did work. */
  readonly processes: number | null
  /** Memory of one worker. */
  readonly workerBytes: number | null
  /** Memory of the process that hands out connections; 0 when there is none. */
  readonly primaryBytes: number
}

/** Two counts measured side by side. The boots of a comparison are not probes as well: nothing is counted twice. */
export interface WorkerComparison {
  readonly workers: readonly [fewer: number, more: number]
  /** Throughput of more / fewer, one per pair of fresh boots; above 0. */
  readonly ratios: readonly number[]
}

/** All that is known while a worker count is searched. */
export interface WorkerSearch {
  /** That the target can use; fractional under a quota, above 0. */
  readonly cpus: number
  readonly memoryLimitBytes: number
  /** No count above is tried; at least 1. */
  readonly mostWorkers: number
  /** In order of time. */
  readonly probes: readonly WorkerProbe[]
  readonly comparisons: readonly WorkerComparison[]
  /** How many more times the target may be started. */
  readonly bootsLeft: number
}

/** What to do next. `why` is a clause for a reader, without a full stop. */
export type SearchStep =
  | { readonly kind: 'probe'; readonly workers: number; readonly why: string }
  | { readonly kind: 'compare'; readonly workers: readonly [fewer: number, more: number]; readonly why: string }
  | SettledSearch
  /** The same processes gave the same throughput at counts that should differ: the target does not heed the count. */
  | { readonly kind: 'ignored'; readonly why: string }

/** The smallest count that is as good as the best, as far as the evidence goes. */
export interface SettledSearch {
  readonly kind: 'settled'
  readonly workers: number
  /** Measured where this count was, else predicted. */
  readonly throughputPerS: number
  readonly binding: WorkerChoice['binding']
  readonly why: string
  /** What speaks against it, each in a few words. */
  readonly doubts: readonly string[]
}
