import type { Milliseconds } from '../core/clock.ts'
import type { GeneratorHealth, RequestCounts } from '../core/measurement.ts'
import type { Workload } from '../core/workload.ts'
import type { Interference } from '../host/interference.ts'
import type { Neighbours } from '../host/neighbours.ts'
import type { SteadyState } from '../stats/steady-state.ts'

/** What a phase is judged by. What is absent or null could not be told, and is not held against the phase. */
export interface ValidityInput {
  readonly workload: Workload
  readonly counts: RequestCounts
  readonly health: GeneratorHealth
  readonly durationMs: Milliseconds
  /** In the phase, by all generators. */
  readonly connectionsOpened?: number | undefined
  /** Null when they cannot be seen. */
  readonly workers: number | null
  /** CPU time of the target / what it may use, 0..1; null when it cannot be seen. */
  readonly targetBusyFraction: number | null
  /** What `starvedFraction` tells of the target; null also where a quota stops it on purpose. */
  readonly targetStarvedFraction?: number | null | undefined
  /** Of the machine and of the control groups that tune itself is in. */
  readonly interference: Interference
  readonly neighbours?: Neighbours | null | undefined
  /** Of the CPU time per request; only of phases whose load and target are meant to stay the same. */
  readonly steadyState?: SteadyState | null | undefined
}

/** A share as evidence shows it. */
export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`
}
