import type { Milliseconds } from './clock.ts'

/** A part of a phase in which the arrival rate goes evenly from one value to another; equal values are a constant rate. */
export interface RateStretch {
  /** Above 0. */
  readonly durationMs: Milliseconds
  /** 1/s, 0 or more; at least one of the two is above 0 somewhere in a phase. */
  readonly fromPerS: number
  readonly toPerS: number
}

/** One rate over the whole phase. */
export function constantRate(ratePerS: number, durationMs: Milliseconds): readonly RateStretch[] {
  return [{ durationMs, fromPerS: ratePerS, toPerS: ratePerS }]
}

/** The number of arrivals that the stretches ask for, in all; fractional. */
export function arrivalsOf(stretches: readonly RateStretch[]): number {
  return stretches.reduce(
    (sum, { durationMs, fromPerS, toPerS }) => sum + (((fromPerS + toPerS) / 2) * durationMs) / 1_000,
    0,
  )
}

/** The mean rate over all stretches, 1/s. */
export function meanRatePerS(stretches: readonly RateStretch[]): number {
  const durationMs = stretches.reduce((sum, stretch) => sum + stretch.durationMs, 0)
  return durationMs === 0 ? 0 : (arrivalsOf(stretches) * 1_000) / durationMs
}

/** The highest rate of any moment, 1/s. */
export function peakRatePerS(stretches: readonly RateStretch[]): number {
  return Math.max(0, ...stretches.flatMap(({ fromPerS, toPerS }) => [fromPerS, toPerS]))
}

/** The rate stays the same over the whole phase. */
export function isConstant(stretches: readonly RateStretch[]): boolean {
  const first = stretches[0]?.fromPerS
  return stretches.every(({ fromPerS, toPerS }) => fromPerS === first && toPerS === first)
}
