import type { Milliseconds } from '../../core/clock.ts'
import { doubtsWhere } from './certainty.ts'
import type { SizingInput, SteadyFigures } from '../sizing-input.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/** Taken when the user gave none: the bound of the gate's own default objective. */
export const DEFAULT_LATENCY_OBJECTIVE_MS: Milliseconds = 200
export const NO_OBJECTIVE = `no latency objective was given: ${DEFAULT_LATENCY_OBJECTIVE_MS} ms is assumed`

/** The share of the latency objective that waiting for a connection may take. */
const POOL_SHARE_OF_OBJECTIVE = 0.05

/** Pools and machines are planned for this share of the capacity: above it the target itself is the longer wait. */
export const PLANNED_LOAD = 0.8

/** Above this share of the capacity, hold times include waiting for the event loop. */
const QUIET_LOAD = 0.7

/** What pools of connections are sized for. */
export interface PoolDemand {
  readonly workers: number
  /** Requests of the whole target. */
  readonly plannedPerS: number
  /** Whether so many were measured, and need not be extrapolated to. */
  readonly isMeasuredRate: boolean
  /** The p99 that the wait for a connection may have. */
  readonly maxWaitMs: Milliseconds
  readonly doubts: readonly string[]
}

/** Requests per second of the whole target that settings are for: 80 % of its capacity, or what was measured where that is more. */
export function plannedRatePerS({ steady }: SizingInput, advice: WorkerAdvice | null): number {
  return Math.max(steady?.ratePerS ?? 0, PLANNED_LOAD * (advice?.throughputPerS ?? 0))
}

/** The phase at a fixed rate came close to the capacity: its times include waiting. */
export function isUnderHighLoad({ steady, saturated }: SizingInput): boolean {
  return steady !== null && saturated !== null && steady.ratePerS > QUIET_LOAD * saturated.throughputPerS
}

/** The demand at the planned load; null when the number of workers is not known. */
export function poolDemand(input: SizingInput, steady: SteadyFigures, advice: WorkerAdvice | null): PoolDemand | null {
  const { latencyObjectiveMs } = input
  const workers = advice?.workers ?? input.workers
  if (workers === null) return null
  const plannedPerS = plannedRatePerS(input, advice)
  return {
    workers,
    plannedPerS,
    isMeasuredRate: plannedPerS === steady.ratePerS && workers === input.workers,
    maxWaitMs: maxPoolWaitMs(input),
    doubts: doubtsWhere([
      [latencyObjectiveMs === null, NO_OBJECTIVE],
      [advice === null, 'the capacity was not measured: sized for the measured rate'],
      [isUnderHighLoad(input), 'hold times were measured under high load'],
      [advice?.recommendation.confidence === 'low', 'the number of workers is uncertain'],
    ]),
  }
}

function maxPoolWaitMs({ latencyObjectiveMs }: SizingInput): Milliseconds {
  return POOL_SHARE_OF_OBJECTIVE * (latencyObjectiveMs ?? DEFAULT_LATENCY_OBJECTIVE_MS)
}
