import type { ScalabilityPoint } from './scalability-fit.ts'

/** What lacks so little of the best is as good: boots differ by more. */
const GOOD_ENOUGH = 0.95
const LEAST_DIFFERENT = 3

/**
 * The smallest concurrency that reaches 95 % of the best throughput measured, by straight lines between the points. As
 * throughput bends downwards on its way up, the true one is smaller.
 *
 * @param points in any order; several of the same concurrency are averaged
 * @returns need not be whole; null for fewer than 3 different concurrencies, and where the largest of them was the first to get
 *   there: more might reach more
 */
export function kneeConcurrency(points: readonly ScalabilityPoint[]): number | null {
  const means = [...Map.groupBy(points, ({ concurrency }) => concurrency)]
    .toSorted(([left], [right]) => left - right)
    .map(([concurrency, same]) => ({
      concurrency,
      throughputPerS: same.reduce((sum, { throughputPerS }) => sum + throughputPerS, 0) / same.length,
    }))
  const enoughPerS = GOOD_ENOUGH * Math.max(...means.map(({ throughputPerS }) => throughputPerS))
  const index = means.findIndex(({ throughputPerS }) => throughputPerS >= enoughPerS)
  const [before, knee] = [means[index - 1], means[index]]
  if (means.length < LEAST_DIFFERENT || knee === undefined || knee === means.at(-1)) return null
  if (before === undefined) return knee.concurrency
  const share = (enoughPerS - before.throughputPerS) / (knee.throughputPerS - before.throughputPerS)
  return before.concurrency + share * (knee.concurrency - before.concurrency)
}
