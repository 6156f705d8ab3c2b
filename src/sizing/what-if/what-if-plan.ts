import { PLANNED_LOAD } from '../advice/pool-demand.ts'
import type { WhatIfEvidence, WhatIfTarget } from './what-if-evidence.ts'

/** A figure and the bounds between which it is expected; same unit. */
export interface Range {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** How much each machine should do, and how many it takes. */
export interface MachinePlan {
  /** Of the capacity, 0..1. */
  readonly share: number
  /** `rule`: headroom of 20 %; `measured`: the share that kept the latency objectives where a higher one did not. */
  readonly basis: 'rule' | 'measured'
  /** Of one machine, 1/s. */
  readonly ratePerS: Range
  /** Whole machines, 1 or more; null without a target rate. */
  readonly machines: Range | null
}

/**
 * The load of one machine, and how many share the target rate. A share of the capacity that missed the latency objectives
 * when it was measured is not planned with.
 *
 * @param capacityPerS of one machine
 * @returns null when the objectives were missed at every rate that was measured
 */
export function planMachines(evidence: WhatIfEvidence, target: WhatIfTarget, capacityPerS: Range): MachinePlan | null {
  const planned = plannedShare(evidence)
  if (planned === null) return null
  const { share } = planned
  const ratePerS = { value: share * capacityPerS.value, low: share * capacityPerS.low, high: share * capacityPerS.high }
  const machinesWith = (ofOnePerS: number): number => Math.max(1, Math.ceil((target.ratePerS ?? 0) / ofOnePerS))
  return {
    ...planned,
    ratePerS,
    machines:
      target.ratePerS === null
        ? null
        : {
            value: machinesWith(ratePerS.value),
            low: machinesWith(ratePerS.high),
            high: machinesWith(ratePerS.low),
          },
  }
}

function plannedShare({ input, objective }: WhatIfEvidence): Pick<MachinePlan, 'share' | 'basis'> | null {
  const measuredPerS = input.saturated?.throughputPerS ?? Number.NaN
  const { missedPerS, keptPerS } = objective ?? { missedPerS: null, keptPerS: null }
  if (missedPerS === null || missedPerS > PLANNED_LOAD * measuredPerS) return { share: PLANNED_LOAD, basis: 'rule' }
  return keptPerS === null ? null : { share: Math.min(PLANNED_LOAD, keptPerS / measuredPerS), basis: 'measured' }
}
