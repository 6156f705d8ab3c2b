import type { Milliseconds } from './clock.ts'
import type { HostFacts, Placement } from './host-facts.ts'
import type { Run } from './report.ts'

/** One phase as a progress display shows it. */
export interface PhasePlan {
  readonly name: string
  readonly durationMs: Milliseconds
  readonly isMeasured: boolean
}

/** Live figures of the running phase, since the last progress event unless said otherwise. */
export interface Progress {
  readonly phase: string
  readonly elapsedMs: Milliseconds
  readonly durationMs: Milliseconds
  readonly offeredPerS: number | null
  readonly throughputPerS: number
  readonly goodputPerS: number
  /** Over the whole phase so far; null without samples. */
  readonly p50Ms: Milliseconds | null
  readonly p95Ms: Milliseconds | null
  readonly p99Ms: Milliseconds | null
  readonly inFlight: number
  /** Requests that were not good, over the whole phase so far. */
  readonly notGood: number
  /** One per process of the target, the primary first; empty when they cannot be seen. */
  readonly processes: readonly ProcessProgress[]
}

/** What one process of the target did since the last progress event. */
export interface ProcessProgress {
  readonly pid: number
  /** CPU time / wall time, in CPUs. */
  readonly cpus: number
}

/** What a run tells while it goes on; nothing flows back. */
export type BenchEvent =
  | { readonly type: 'detected'; readonly host: HostFacts; readonly placement: Placement }
  | { readonly type: 'target-starting'; readonly description: string }
  | {
      readonly type: 'target-ready'
      readonly url: string
      readonly workers: number | null
      readonly tookMs: Milliseconds
    }
  | { readonly type: 'run-planned'; readonly scenario: string; readonly phases: readonly PhasePlan[] }
  /** The target is about to be started for one probe of a search; `why` is a clause. */
  | { readonly type: 'probe-started'; readonly number: number; readonly why: string }
  | { readonly type: 'phase-started'; readonly phase: string; readonly description: string }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'phase-ended'; readonly phase: string; readonly run: Run | null }
  | { readonly type: 'warning'; readonly message: string; readonly hint: string | undefined }
  /** The last one, however the run ended: done, stopped, or by a failure. */
  | { readonly type: 'finished' }
