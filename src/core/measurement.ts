import type { Milliseconds } from './clock.ts'

/**
 * What became of a request. `good`: expected status and body; `limited`: 429; `shed`: 503; `failed`: another wrong
 * status; `mismatched`: right status, wrong body; `timedOut`: no complete answer in time; `lost`: connection refused, reset
 * or closed before the whole answer; `unfinished`: still in flight when the phase had been drained.
 */
export const OUTCOMES = ['good', 'limited', 'shed', 'failed', 'mismatched', 'timedOut', 'lost', 'unfinished'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** The outcomes other than `good` that have a latency: those that were answered or given up. */
export const OTHER_TIMED_OUTCOMES = ['limited', 'shed', 'failed', 'mismatched', 'timedOut'] as const

/**
 * Counts of one phase. scheduled = sent + dropped; sent = the sum of all outcomes; `cached` is a part of `good`.
 * In a closed loop scheduled = sent.
 */
export interface RequestCounts extends Readonly<Record<Outcome, number>> {
  readonly scheduled: number
  readonly sent: number
  readonly dropped: number
  readonly cached: number
}

/** The quantiles that reports show, as fractions. */
export const REPORTED_QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999] as const

/** The figures of one histogram. With `count` 0 every figure is null: no samples is not zero latency. */
export interface LatencySummary {
  readonly count: number
  readonly meanMs: Milliseconds | null
  readonly p50Ms: Milliseconds | null
  readonly p90Ms: Milliseconds | null
  readonly p95Ms: Milliseconds | null
  readonly p99Ms: Milliseconds | null
  readonly p999Ms: Milliseconds | null
  readonly maxMs: Milliseconds | null
  /** HdrHistogram V2, compressed, base64, in µs; what other tools read. */
  readonly histogram: string
}

/** How the generator itself did: the evidence behind the validity verdict. */
export interface GeneratorHealth {
  readonly processes: number
  /** CPU time of the generator / wall time, in CPUs (1 = one core busy). */
  readonly cpuFraction: number
  readonly loopDelayP99Ms: Milliseconds
  /** sent / scheduled, 0..1. */
  readonly sendRatio: number
  /** Actual minus intended start of the arrivals; null in a closed loop. */
  readonly lateP50Ms: Milliseconds | null
  readonly lateP99Ms: Milliseconds | null
  /** Time in which a generator was ready to run but had no CPU / wall time, 0..1, of the worst process; null when not counted. */
  readonly starvedFraction?: number | null | undefined
  /** p99 of the pauses of an idle spin loop on the generator's CPU: what lateness the machine itself causes. Null when not measured. */
  readonly hiccupP99Ms: Milliseconds | null
}

/** Whether the figures of a phase may be believed, and each reason with its figure and what to do. */
export interface Validity {
  readonly verdict: 'valid' | 'suspect' | 'invalid'
  readonly reasons: readonly ValidityReason[]
}

export interface ValidityReason {
  /** Stable name, for example `generator-late`. */
  readonly code: string
  readonly severity: 'suspect' | 'invalid'
  /** What was measured, with its unit. */
  readonly evidence: string
  /** What to do about it. */
  readonly hint: string
}
