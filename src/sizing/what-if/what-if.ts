import type { Confidence } from '../../core/recommendation.ts'
import { BYTES_PER_MEBIBYTE } from '../../core/units.ts'
import { confidenceWith, significant } from '../advice/certainty.ts'
import { efficiencyAt } from '../scalability.ts'
import type { SizingInput } from '../sizing-input.ts'
import { capacityPerS, scalingEfficiency } from '../utilization.ts'
import type { WhatIfEvidence, WhatIfTarget } from './what-if-evidence.ts'
import { limitsOf } from './what-if-limits.ts'
import { type MachinePlan, planMachines, type Range } from './what-if-plan.ts'
import { adviseWorkers, fittingWorkers, plannedBytesOfOne, whyNoWorkers } from '../advice/worker-advice.ts'
import type { WorkerChoice } from '../workers.ts'

/** What one machine can do, how many are needed, and how far that may be believed. */
export interface WhatIfAnswer {
  readonly outcome: 'answered'
  /** Of one machine. */
  readonly workers: number
  /** How many the memory of one machine holds; null when memory was not measured. */
  readonly workersThatFit: number | null
  /** Memory planned for one worker; null when it was not measured. */
  readonly workerBytes: number | null
  /** Of one machine when it is full, 1/s. */
  readonly capacityPerS: Range
  /** What keeps one machine from doing more. */
  readonly binding: WorkerChoice['binding'] | 'upstream'
  /** The share of linear growth that is left from the measured CPUs to those of the machine, 0..1. */
  readonly efficiency: Range & { readonly basis: 'rule' | 'modelled' }
  /** Null when the latency objectives were missed at every rate that was measured. */
  readonly plan: MachinePlan | null
  readonly confidence: Confidence
  /** What lowers the confidence, each in a few words. */
  readonly doubts: readonly string[]
  /** What the answer does not know, in sentences for the reader; the extrapolation first. */
  readonly limits: readonly string[]
}

/** Why there is no answer, and what to do about it. */
export interface WhatIfRefusal {
  readonly outcome: 'refused'
  readonly reason: string
  readonly hint: string
}

/**
 * Carries what was measured over to other machines: CPU time and busy-loop time per request, and memory per worker, are
 * taken to be the same there; workers and throughput follow from the two-bottleneck model.
 *
 * Asked about the measured machine it says what `recommend` says. The bounds of the capacity come from the spread of the CPU
 * time per request, and from growth between linear and twice the loss that is assumed.
 */
export function whatIf(evidence: WhatIfEvidence, target: WhatIfTarget): WhatIfAnswer | WhatIfRefusal {
  const input = { ...evidence.input, deployedCpus: target.cpus, memoryLimitBytes: target.memoryBytes }
  const advice = adviseWorkers(input)
  const fit = fittingWorkers(input)
  if (advice === null) {
    return {
      outcome: 'refused',
      reason: whyNoWorkers(input) ?? 'the number of workers cannot be told',
      hint: 'measure at full load (-c) a target whose processes tune sees: the bundled server, or one started with --cmd',
    }
  }
  if (fit === 0) return tooLittleMemory(input)
  const efficiency = efficiencyOf(evidence, target)
  const linearPerS = advice.throughputPerS / scalingEfficiency(input.measuredCpus, target.cpus)
  const upstreamPerS = upstreamCapacityPerS(input, advice.workers)
  const spread = input.spreads.cpuPerRequest?.halfWidthFraction ?? 0
  const capacity = {
    value: Math.min(linearPerS * efficiency.value, upstreamPerS),
    low: Math.min((linearPerS * efficiency.low) / (1 + spread), upstreamPerS),
    high: Math.min(linearPerS * efficiency.high * (1 + spread), upstreamPerS),
  }
  const plan = planMachines(evidence, target, capacity)
  const doubts = [...advice.doubts, ...evidence.doubts]
  return {
    outcome: 'answered',
    workers: advice.workers,
    workersThatFit: Number.isFinite(fit) ? fit : null,
    workerBytes: plannedBytesOfOne(input),
    capacityPerS: capacity,
    binding: capacity.value === upstreamPerS ? 'upstream' : advice.binding,
    efficiency,
    plan,
    confidence: confidenceWith(doubts),
    doubts,
    limits: limitsOf(evidence, target, advice.workers, plan),
  }
}

function efficiencyOf({ input, growth }: WhatIfEvidence, { cpus }: WhatIfTarget): WhatIfAnswer['efficiency'] {
  if (growth === null) {
    const value = scalingEfficiency(input.measuredCpus, cpus)
    return { value, low: value ** 2, high: 1, basis: 'rule' }
  }
  const kept = (law: typeof growth.law): number => efficiencyAt(law, cpus) / efficiencyAt(law, input.measuredCpus)
  const bounds = [kept(growth.law), kept(growth.low), kept(growth.high)]
  return { value: kept(growth.law), low: Math.min(...bounds), high: Math.max(...bounds), basis: 'modelled' }
}

/** What the pools of upstream connections of one machine let through; infinite where no upstream was called. */
function upstreamCapacityPerS({ steady, current }: SizingInput, workers: number): number {
  const upstream = steady?.upstream ?? null
  if (upstream === null || current.UPSTREAM_POOL_MAX === undefined) return Number.POSITIVE_INFINITY
  return capacityPerS(workers * current.UPSTREAM_POOL_MAX, upstream.callsPerRequest * upstream.meanHoldMs)
}

function tooLittleMemory(input: SizingInput): WhatIfRefusal {
  const mebibytes = (bytes: number): string => `${significant(bytes / BYTES_PER_MEBIBYTE)} MiB`
  const primary = input.memory?.primaryBytes ?? 0
  const beside = primary === 0 ? '' : ` beside the ${mebibytes(primary)} of the primary process`
  return {
    outcome: 'refused',
    reason: `one worker needs ${mebibytes(plannedBytesOfOne(input) ?? 0)}${beside}, and ${mebibytes(input.memoryLimitBytes)} do not hold it with a reserve for the system`,
    hint: 'ask for more memory with --target-memory, or make workers smaller (a smaller cache)',
  }
}
