import type { Milliseconds } from './clock.ts'
import type { RequestCounts } from './measurement.ts'
import type { PlannedRequest, Workload } from './workload.ts'

/** Everything a generator needs for one phase: data only. One PLAN per phase; the process, and so its warm code, stays. */
export interface GeneratorPlan {
  /** Scheme, host and port; paths come from the requests. */
  readonly origin: string
  readonly requests: readonly PlannedRequest[]
  readonly workload: Workload
  readonly durationMs: Milliseconds
  /** How long answers are waited for after the last send; what is left then is `unfinished`. */
  readonly drainMs: Milliseconds
  readonly timeoutMs: Milliseconds
  readonly seed: number
  /** TLS certificates are not verified. */
  readonly insecure: boolean
  /** The pacer may spin between sends. */
  readonly maySpin: boolean
}

/** Controller to generator. Sent over IPC with `serialization: 'advanced'`. */
export type ControllerMessage =
  | { readonly type: 'plan'; readonly plan: GeneratorPlan }
  | { readonly type: 'start' }
  /** Ends sending now, drains and answers with `final`; `drainMs` replaces the plan's. */
  | { readonly type: 'stop'; readonly drainMs: Milliseconds }

/** Generator to controller. A `snap` is cumulative, so that a lost one costs nothing. */
export type GeneratorMessage =
  /** Once, before any plan: the process is up. */
  | { readonly type: 'hello' }
  /** The plan was read; with the p99 of the pauses of an idle spin loop where the generator runs, watched just now. */
  | { readonly type: 'ready'; readonly hiccupP99Ms: Milliseconds }
  | { readonly type: 'snap'; readonly snapshot: GeneratorSnapshot }
  | { readonly type: 'final'; readonly result: GeneratorResult }
  | { readonly type: 'failed'; readonly message: string }

/** An HdrHistogram V2 encoding, not compressed, of µs values. */
export type EncodedHistogram = Uint8Array

/** The state of a running phase since its start. The first comes early, then two a second. */
export interface GeneratorSnapshot {
  readonly elapsedMs: Milliseconds
  readonly counts: RequestCounts
  readonly inFlight: number
  /** Response times of the good answers so far, all routes. */
  readonly responseTime: EncodedHistogram
}

/** Counts and times of one route. */
export interface RouteResult {
  readonly name: string
  readonly counts: RequestCounts
  readonly responseTime: EncodedHistogram
  readonly serviceTime: EncodedHistogram
}

/** The finished phase. */
export interface GeneratorResult {
  /** From START to the end of sending. */
  readonly sendingMs: Milliseconds
  /** From START to the last answer (or the end of the drain). */
  readonly totalMs: Milliseconds
  readonly counts: RequestCounts
  /** Completions that arrived within `sendingMs`, and the good ones among them: what throughput is computed from. */
  readonly completedWhileSending: number
  readonly goodWhileSending: number
  /** One per planned request that was sent, in the order of the plan. */
  readonly routes: readonly RouteResult[]
  /** Response and service times of answers that were not good, by outcome; an outcome that did not occur is absent. */
  readonly otherOutcomes: Readonly<Record<string, { responseTime: EncodedHistogram; serviceTime: EncodedHistogram }>>
  /** What went wrong on connections, by error code, at most 20 codes, the rest under `other`. */
  readonly errors: Readonly<Record<string, number>>
  /** Answers by status code. */
  readonly statusCodes: Readonly<Record<string, number>>
  /** Actual minus intended start, µs; empty in a closed loop. */
  readonly lateness: EncodedHistogram
  readonly cpuMs: Milliseconds
  /** Event-loop utilization 0..1 while sending. */
  readonly loopUtilization: number
  readonly loopDelayP99Ms: Milliseconds
  /** Connections opened over the whole phase. */
  readonly connectionsOpened: number
}
