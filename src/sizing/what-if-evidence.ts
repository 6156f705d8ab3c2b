import type { Run } from '../core/report.ts'
import { meanInterval } from '../stats/confidence.ts'
import type { ScalabilityFit } from './scalability-fit.ts'
import type { SizingInput } from './sizing-input.ts'

/** Machines that are asked about, all alike. */
export interface WhatIfTarget {
  /** Usable CPUs of one; fractional under a quota, above 0. */
  readonly cpus: number
  readonly memoryBytes: number
  /** Requests per second of all of them together, above 0; null when only one machine is asked about. */
  readonly ratePerS: number | null
}

/** What was measured. */
export interface WhatIfEvidence {
  readonly input: SizingInput
  /** How much the CPU time per request varied; null when that cannot be told. */
  readonly costSpread: CostSpread | null
  /** Rates at which the latency objectives were kept and missed; null without an objective. */
  readonly objective: ObjectiveRates | null
  /** Throughput over CPUs, where several numbers of CPUs were measured; null takes the rule of 10 % for each doubling. */
  readonly growth: ScalabilityFit | null
  /** What else speaks against the figures, each in a few words. */
  readonly doubts: readonly string[]
}

/** Rates on the measured CPUs, 1/s. */
export interface ObjectiveRates {
  /** The highest that kept the objectives, below all that missed one. */
  readonly keptPerS: number | null
  /** The lowest that missed one. */
  readonly missedPerS: number | null
}

/** The 95 % interval of the mean CPU time per request. */
export interface CostSpread {
  /** Half the width of the interval, of the mean; 0.05 is ± 5 %. */
  readonly halfWidthFraction: number
  /** What was taken as independent. Seconds of one boot are more alike than boots, so their interval is too narrow. */
  readonly over: 'boots' | 'seconds'
  readonly count: number
}

/** Fewer give an interval that says nothing. */
const LEAST_VALUES = 3

/**
 * How much the CPU time per request varied: over boots where there were three or more, otherwise over the whole seconds of the
 * last one.
 *
 * @param runs of the same phase and number of workers, oldest first
 * @returns null when there are too few of either, or CPU time was not seen
 */
export function costSpread(runs: readonly Run[]): CostSpread | null {
  const ofBoots = runs.flatMap(({ targetUse }) => targetUse?.cpuMsPerRequest ?? [])
  // The last entry is a part of a second.
  const seconds = (runs.at(-1)?.timeline ?? []).slice(0, -1)
  const ofSeconds = seconds.flatMap(({ targetCpus, throughputPerS }) =>
    targetCpus === null || throughputPerS <= 0 ? [] : [(1_000 * targetCpus) / throughputPerS],
  )
  const [over, values] =
    ofBoots.length >= LEAST_VALUES ? (['boots', ofBoots] as const) : (['seconds', ofSeconds] as const)
  const interval = values.length < LEAST_VALUES ? null : meanInterval(values)
  if (interval === null || interval.mean <= 0) return null
  return { halfWidthFraction: (interval.high - interval.mean) / interval.mean, over, count: values.length }
}
