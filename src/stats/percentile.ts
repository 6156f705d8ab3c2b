/**
 * The rank of the smallest sample that at least `quantile` of all samples do not exceed; 1 is the smallest sample.
 *
 * @param count of samples, n ≥ 1
 * @param quantile in (0, 1]
 * @throws {RangeError} when `quantile` lies outside (0, 1]
 * @see Hyndman & Fan 1996, "Sample Quantiles in Statistical Packages", definition 1
 */
export function nearestRank(count: number, quantile: number): number {
  if (!(quantile > 0 && quantile <= 1)) throw new RangeError(`a quantile must be in (0, 1], got ${quantile}`)
  // 0.07 × 100 is a little above 7: without the slack the product would be rounded up to the next rank.
  return Math.max(1, Math.ceil(quantile * count * (1 - 2 ** -50)))
}

/**
 * The middle of a few repeated measurements; of an even number, the mean of the two in the middle.
 *
 * @param samples any unit and order, n ≥ 1
 * @returns same unit
 * @throws {RangeError} when there are no samples
 */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((left, right) => left - right)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (lower === undefined || upper === undefined) throw new RangeError('the median of no samples is not defined')
  return (lower + upper) / 2
}

/**
 * How far repeated measurements lie apart: (largest − smallest) / median.
 *
 * @param samples any unit and order, n ≥ 1
 * @returns 0 when all are equal; 0.1 when the extremes differ by a tenth of the median
 * @throws {RangeError} when there are no samples, or their median is not above 0
 */
export function relativeSpread(samples: readonly number[]): number {
  const middle = median(samples)
  if (!(middle > 0)) throw new RangeError(`a relative spread needs a median above 0, got ${middle}`)
  return (Math.max(...samples) - Math.min(...samples)) / middle
}
