/** One rate that was tried. */
export interface RateTrial {
  readonly ratePerS: number
  /** Whether the objectives were kept; no verdict counts as missed. */
  readonly isKept: boolean
}

/** The highest rate that kept the objectives, and what bounds the true one. */
export interface Capacity {
  readonly ratePerS: number
  /** Up to the lowest rate above it that missed them, or to the highest that could be served. */
  readonly interval: readonly [low: number, high: number]
}

/** The interval is narrow enough at this ratio of its ends. */
const NARROW = 1.05

/** Where the search begins, as shares of the highest throughput: an open loop at all of it has a queue that only grows. */
const FIRST_SHARE = 0.8
const SECOND_SHARE = 0.6

/**
 * The next rate to try in a bisection for the highest one that keeps the objectives; null when the search has ended.
 *
 * A rate counts as kept only when every trial at it kept them, so that one lucky trial does not win: the rate that would be
 * the answer is tried a second time.
 *
 * @param peakPerS the highest throughput of a closed loop; above 0
 * @param mostTrials at most so many in all
 */
export function nextRate(peakPerS: number, trials: readonly RateTrial[], mostTrials: number): number | null {
  if (trials.length >= mostTrials) return null
  const { low, high } = bracket(peakPerS, trials)
  if (low === 0) {
    if (trials.length === 0) return FIRST_SHARE * peakPerS
    return high > SECOND_SHARE * peakPerS ? SECOND_SHARE * peakPerS : high / 2
  }
  if (high / low > NARROW && trials.length < mostTrials - 1) return (low + high) / 2
  return trials.filter(({ ratePerS }) => ratePerS === low).length < 2 ? low : null
}

/** What the trials found; null when no rate kept the objectives. */
export function capacityOf(peakPerS: number, trials: readonly RateTrial[]): Capacity | null {
  const { low, high } = bracket(peakPerS, trials)
  return low === 0 ? null : { ratePerS: low, interval: [low, high] }
}

/** The highest kept rate below all missed ones, 0 without one, and the lowest missed one above it. */
function bracket(peakPerS: number, trials: readonly RateTrial[]): { readonly low: number; readonly high: number } {
  const missed = trials.filter(({ isKept }) => !isKept).map(({ ratePerS }) => ratePerS)
  const high = Math.min(...missed, peakPerS)
  const kept = trials
    .map(({ ratePerS }) => ratePerS)
    .filter((ratePerS) => !missed.includes(ratePerS) && ratePerS < high)
  return { low: Math.max(0, ...kept), high }
}
