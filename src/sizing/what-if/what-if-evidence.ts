import type { ScalabilityFit } from '../scalability-fit.ts'
import type { SizingInput } from '../sizing-input.ts'

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
