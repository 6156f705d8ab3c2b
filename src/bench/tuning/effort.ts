import type { Milliseconds } from '../../core/clock.ts'
import type { Tuning } from '../../core/report.ts'

/** How much time a search for settings may take. */
export type Effort = Tuning['effort']

/** What that means for each of its parts. */
export interface EffortPlan {
  /** Each step of the calibration has so many times the connections of the one before it. */
  readonly rampFactor: number
  readonly rampStepMs: Milliseconds
  readonly warmUpMs: Milliseconds
  readonly saturateMs: Milliseconds
  /** Boots until the worker count is settled, the calibration included. */
  readonly searchBoots: number
  readonly steadyMs: Milliseconds
  readonly trialMs: Milliseconds
  readonly mostTrials: number
  /** Tries all settings, not only the worker count. */
  readonly verifiesAll: boolean
  /** Pairs of boots that hold the recommended settings against the current ones: more than the fewest while nothing can be told. */
  readonly verifyPairs: { readonly least: number; readonly most: number }
}

/** `quick` takes about 45 s when the worker count stays, `standard` about three minutes; slow targets and many workers take longer. */
export const EFFORTS: Readonly<Record<Effort, EffortPlan>> = {
  quick: {
    rampFactor: 4,
    rampStepMs: 1_000,
    warmUpMs: 1_500,
    saturateMs: 3_000,
    searchBoots: 4,
    steadyMs: 3_000,
    trialMs: 2_500,
    mostTrials: 3,
    verifiesAll: false,
    verifyPairs: { least: 2, most: 3 },
  },
  standard: {
    rampFactor: 2,
    rampStepMs: 2_500,
    warmUpMs: 2_000,
    saturateMs: 8_000,
    searchBoots: 6,
    steadyMs: 6_000,
    trialMs: 5_000,
    mostTrials: 5,
    verifiesAll: true,
    verifyPairs: { least: 2, most: 3 },
  },
  thorough: {
    rampFactor: 2,
    rampStepMs: 5_000,
    warmUpMs: 4_000,
    saturateMs: 15_000,
    searchBoots: 10,
    steadyMs: 15_000,
    trialMs: 15_000,
    mostTrials: 8,
    verifiesAll: true,
    verifyPairs: { least: 5, most: 10 },
  },
}
