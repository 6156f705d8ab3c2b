import { meanInterval } from '../stats/index.ts'

/**
 * What interleaved pairs show of a change.
 *
 * - `equivalent`: the whole interval lies within the margin;
 * - `better`: the whole interval lies above 1, and the ratio beyond the margin;
 * - `worse`: the whole interval lies below 1, by however little;
 * - `inconclusive`: the pairs are too few, or differ too much.
 *
 * Gains must matter to be named, losses need not. A loss beyond the margin is called `equivalent` or `better` only when the
 * interval misses the truth, which happens once in 40 times; else it is `worse` or `inconclusive`.
 */
export type PairedOutcome = 'better' | 'equivalent' | 'worse' | 'inconclusive'

/** The verdict on interleaved pairs, and what it rests on. */
export interface PairedVerdict {
  readonly outcome: PairedOutcome
  /** Geometric mean of the ratios; null without pairs. */
  readonly ratio: number | null
  /** 95 % confidence interval of the ratio, [low, high]; null for fewer than two pairs. */
  readonly interval: readonly [low: number, high: number] | null
  readonly pairs: number
}

/** What is a difference that nobody needs to care about. */
export interface PairedOptions {
  /** A fraction above 0: with 0.03, ratios from 1 / 1.03 to 1.03 are as good as 1. */
  readonly margin: number
}

/**
 * Judges a change by pairs that were measured side by side: Student's t interval of the logarithms of their ratios.
 *
 * Logarithms make a gain and its reverse weigh the same, so that swapping the sides inverts the verdict's numbers. One bad
 * boot among few pairs widens the interval: the answer is then `inconclusive`, not wrong.
 *
 * @param ratios new / old of each pair, above 0, where more is better; a pair with a side that served nothing has none
 * @throws {RangeError} when a ratio is not above 0 and finite, or the margin not above 0
 * @see Schuirmann 1987, "A comparison of the two one-sided tests procedure", for equivalence by an interval
 */
export function compareOutcome(ratios: readonly number[], { margin }: PairedOptions): PairedVerdict {
  const bad = ratios.find((each) => !(each > 0 && Number.isFinite(each)))
  if (bad !== undefined) throw new RangeError(`the ratio of a pair is a number above 0, got ${bad}`)
  if (!(margin > 0)) throw new RangeError(`a margin is a number above 0, got ${margin}`)
  const pairs = ratios.length
  const logarithms = ratios.map((each) => Math.log(each))
  const onLogarithms = meanInterval(logarithms)
  if (onLogarithms === null) return { outcome: 'inconclusive', ratio: ratios[0] ?? null, interval: null, pairs }
  const { mean, low, high } = onLogarithms
  return {
    outcome: outcomeOf(mean, low, high, Math.log(1 + margin)),
    ratio: Math.exp(mean),
    interval: [Math.exp(low), Math.exp(high)],
    pairs,
  }
}

/** All four are logarithms. */
function outcomeOf(mean: number, low: number, high: number, margin: number): PairedOutcome {
  if (low >= -margin && high <= margin) return 'equivalent'
  if (high < 0) return 'worse'
  return low > 0 && mean > margin ? 'better' : 'inconclusive'
}
