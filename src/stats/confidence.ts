import { studentTQuantile } from './student-t.ts'

/** What `meanInterval` covers. */
export const CONFIDENCE_LEVEL = 0.95
/** The share of each side that a 95 % interval leaves out. */
const TAIL = 0.025

/** Ranks of two samples, 1 being the smallest, that enclose a quantile. */
export interface RankInterval {
  readonly lowRank: number
  readonly highRank: number
}

/** A mean, and the bounds between which the mean of the population lies; same unit as the values. */
export interface MeanInterval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/**
 * The mean of independent values with its 95 % confidence interval, mean ± t₀.₉₇₅ · s / √n with n − 1 degrees of freedom.
 * It assumes a normal distribution, which few values cannot show: take it as an indication, not as a proof.
 *
 * @returns null for fewer than two values: one alone says nothing about the spread
 * @see Student 1908, "The Probable Error of a Mean"
 */
export function meanInterval(values: readonly number[]): MeanInterval | null {
  const count = values.length
  if (count < 2) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  const margin = studentTQuantile(1 - TAIL, count - 1) * Math.sqrt(variance / count)
  return { mean, low: mean - margin, high: mean + margin }
}

/**
 * The ranks of the two samples between which a quantile of the population lies with 95 % confidence, whatever its
 * distribution: the number of samples below the quantile is binomial (`count`, `quantile`).
 *
 * It assumes independent samples. Latencies of neighbouring requests are alike, so the true interval is wider.
 *
 * @param count of samples
 * @param quantile in (0, 1)
 * @returns null when the samples are too few to enclose the quantile
 * @throws {RangeError} when `quantile` lies outside (0, 1)
 * @see Conover 1999, "Practical Nonparametric Statistics", section 3.2
 */
export function quantileRanks(count: number, quantile: number): RankInterval | null {
  if (!(quantile > 0 && quantile < 1)) throw new RangeError(`a quantile with an interval is in (0, 1), got ${quantile}`)
  const lowRank = samplesInTail(count, quantile)
  const highRank = count + 1 - samplesInTail(count, 1 - quantile)
  return lowRank >= 1 && highRank <= count ? { lowRank, highRank } : null
}

/**
 * The largest k for which at most `k − 1` successes of a binomial variable are no likelier than `TAIL`; 0 when even
 * no success at all is likelier.
 */
function samplesInTail(trials: number, probability: number): number {
  const odds = probability / (1 - probability)
  const mode = Math.floor((trials + 1) * probability)
  const masses: number[] = []
  // Masses relative to that of the mode: they cannot overflow, and the ones too small to count end the loop.
  let mass = 1
  for (let k = mode; k >= 0 && mass > 1e-18; k--) {
    masses.push(mass)
    mass *= k / ((trials - k + 1) * odds)
  }
  let total = masses.reduce((sum, value) => sum + value, 0)
  mass = 1
  for (let k = mode; k < trials && mass > 1e-18; k++) {
    mass *= ((trials - k) * odds) / (k + 1)
    total += mass
  }
  let k = mode - masses.length + 1
  let cumulative = 0
  for (const value of masses.toReversed()) {
    cumulative += value
    if (cumulative > TAIL * total) break
    k++
  }
  return k
}
