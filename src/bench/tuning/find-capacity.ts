import type { Objective } from '../../core/objective.ts'
import type { Run } from '../../core/report.ts'
import { evaluateObjectives } from '../../gate/evaluate.ts'
import { type Capacity, capacityOf, nextRate, type RateTrial } from '../../sizing/capacity-search.ts'
import type { PhaseOutcome } from '../run-phase.ts'
import type { TargetOptions } from '../target.ts'
import type { EffortPlan } from './effort.ts'
import { assertAnswered, closedPhase, openPhase, type Probing, trusted, SATURATE } from './probing.ts'

/** What arrivals that do not wait for answers showed. */
export interface FoundCapacity {
  /** Null when no rate that was tried kept the objectives. */
  readonly capacity: Capacity | null
  /** The same boot at full load. */
  readonly saturated: PhaseOutcome
  /** At a rate that leaves room: what holds connections, and for how long, without the queues of a full target. */
  readonly steady: PhaseOutcome
  /** The highest rate that kept the objectives, else the lowest that was tried. */
  readonly decisive: Run
}

/** Of the highest throughput: enough load to see, and no queues to speak of. */
const STEADY_SHARE = 0.6

/** What a phase at full load, or a rate that was too much, left behind is worked off meanwhile. */
const SETTLE_MS = 1_000

/** Searches for the highest rate of random arrivals at which the objectives are kept, in one boot. */
export async function findCapacity(
  probing: Probing,
  plan: EffortPlan,
  { target, connections, objectives }: Loaded,
): Promise<FoundCapacity> {
  const why = 'the highest rate of arrivals that keeps the objectives'
  return probing.probe({ purpose: 'capacity', side: null, target, why }, async (boot) => {
    await boot.run(closedPhase('warm-up', connections, plan.warmUpMs, false))
    // Boots differ, so that the rates are shares of what this one serves.
    const saturated = await trusted(
      () => boot.run(closedPhase(SATURATE, connections, plan.saturateMs)),
      ({ run }) => run,
    )
    assertAnswered(saturated.run)
    const peakPerS = saturated.run.goodputPerS
    const arrivals = async (name: string, ratePerS: number, durationMs: number): Promise<PhaseOutcome> => {
      await boot.run(openPhase(`settle-${name}`, Math.min(ratePerS, STEADY_SHARE * peakPerS), SETTLE_MS, false))
      return boot.run(openPhase(name, ratePerS, durationMs))
    }
    const steady = await trusted(
      () => arrivals('steady', STEADY_SHARE * peakPerS, plan.steadyMs),
      ({ run }) => run,
    )
    const trials: (RateTrial & { readonly run: Run })[] = []
    for (let ratePerS = nextRate(peakPerS, trials, plan.mostTrials); ratePerS !== null;) {
      const { run } = await arrivals(`rate-${trials.length + 1}`, ratePerS, plan.trialMs)
      // A rate that cannot be offered cannot be kept either: what is invalid is no pass.
      trials.push({ ratePerS, isKept: evaluateObjectives(objectives, [run]).outcome === 'pass', run })
      ratePerS = nextRate(peakPerS, trials, plan.mostTrials)
    }
    const capacity = capacityOf(peakPerS, trials)
    const inOrder = trials.toSorted((left, right) => left.ratePerS - right.ratePerS)
    const decisive = inOrder.findLast(({ ratePerS }) => ratePerS === capacity?.ratePerS) ?? inOrder[0]
    return { capacity, saturated, steady, decisive: decisive?.run ?? steady.run }
  })
}

interface Loaded {
  readonly target: TargetOptions
  /** That fill it. */
  readonly connections: number
  readonly objectives: readonly Objective[]
}
