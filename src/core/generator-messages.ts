import type { Milliseconds } from './clock.ts'
import type { RequestCounts } from './measurement.ts'
import type { DataSet, PlannedRequest, Workload } from './workload.ts'

/** Everything a generator needs for one phase: data only. One PLAN per phase; the process, and so its warm code, stays. */
export interface GeneratorPlan {
  /** Scheme, host and port; paths come from the requests. */
  readonly origin: string
  readonly requests: readonly PlannedRequest[]
  /** What templates take values from, by name. */
  readonly data: Readonly<Record<string, DataSet>>
  /** URL of a scenario module whose requests have functions in place of templates and expectations. */
  readonly module?: string | undefined
  /** The load of all generators together. */
  readonly workload: Workload
  /** Which part of it this generator applies. */
  readonly share: Share
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

/**
 * Generator `index`, from 0, of `of`. Requests are numbered over all generators: this one sends those whose number leaves
 * the remainder `index`; users and the clients of an open phase likewise. Of connections it has ⌊(index+1)·n/of⌋ −
 * ⌊index·n/of⌋, so that none is lost; of a closed phase with a number of requests it sends those that go with its connections.
 */
export interface Share {
  readonly index: number
  readonly of: number
}

/** The whole load in one process. */
export const WHOLE: Share = { index: 0, of: 1 }

/** Controller to generator. Sent over IPC with `serialization: 'advanced'`. */
export type ControllerMessage =
  | { readonly type: 'plan'; readonly plan: GeneratorPlan }
  /**
   * Starts at a moment of the machine's monotonic clock (`process.hrtime`), so that several generators start as one. Beats are
   * told only where they are wanted: each wakes the controller, which may be on the same CPU.
   */
  | { readonly type: 'start'; readonly atMonotonicMs: Milliseconds; readonly wantsBeats: boolean }
  /** Ends sending now, drains and answers with `final`; `drainMs` replaces the plan's. */
  | { readonly type: 'stop'; readonly drainMs: Milliseconds }

/** Generator to controller. A `snap` is cumulative, so that a lost one costs nothing. */
export type GeneratorMessage =
  /** Once, before any plan: the process is up. */
  | { readonly type: 'hello' }
  /** The plan was read; with the p99 of the pauses of an idle spin loop where the generator runs, watched just now. */
  | { readonly type: 'ready'; readonly hiccupP99Ms: Milliseconds }
  | { readonly type: 'snap'; readonly snapshot: GeneratorSnapshot }
  /** Ten times a second, where they are wanted: how far it has come, for figures per request over short times. */
  | { readonly type: 'beat'; readonly beat: GeneratorBeat }
  | { readonly type: 'final'; readonly result: GeneratorResult }
  | { readonly type: 'failed'; readonly message: string }

/** An HdrHistogram V2 encoding, not compressed, of µs values. */
export type EncodedHistogram = Uint8Array

/** How many requests a running phase has completed since its start. */
export interface GeneratorBeat {
  readonly elapsedMs: Milliseconds
  readonly completed: number
}

/** The state of a running phase since its start. The first comes early, then two a second. */
export interface GeneratorSnapshot {
  readonly elapsedMs: Milliseconds
  readonly counts: RequestCounts
  readonly inFlight: number
  /** Response times of the good answers so far, all routes. */
  readonly responseTime: EncodedHistogram
  /** Those of the answers that were not good, by outcome; an outcome that did not occur is absent. */
  readonly otherResponseTimes: Readonly<Record<string, EncodedHistogram>>
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
  /** In the order of the plan: of one generator one per planned request that was sent; of a phase one per name. */
  readonly routes: readonly RouteResult[]
  /** Response and service times of answers that were not good, by outcome; an outcome that did not occur is absent. */
  readonly otherOutcomes: Readonly<Record<string, { responseTime: EncodedHistogram; serviceTime: EncodedHistogram }>>
  /** What went wrong on connections, by error code, at most 20 codes, the rest under `other`. */
  readonly errors: Readonly<Record<string, number>>
  /** Answers by status code. */
  readonly statusCodes: Readonly<Record<string, number>>
  /** Actual minus intended start (of users: minus the end of their think time), µs; empty in a closed loop. */
  readonly lateness: EncodedHistogram
  readonly cpuMs: Milliseconds
  /** How long its main thread was ready to run while sending but had no CPU; null when the system does not count it. */
  readonly runQueueDelayMs: Milliseconds | null
  readonly loopDelayP99Ms: Milliseconds
  /** Connections opened over the whole phase. */
  readonly connectionsOpened: number
}
