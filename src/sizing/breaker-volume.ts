import { binomialTail } from '../stats/binomial.ts'

/** A breaker of a window is expected to bear so many failures without opening, whatever the luck of the first calls. */
export const ORDINARY_ERRORS = 0.05

/** Of all windows that may be judged, so few may open the circuit by chance. */
export const BY_CHANCE = 1e-6

/** A share that needs more calls than this is too close to the errors that are borne. */
export const MOST_CALLS = 2_000

/**
 * The least number of calls with which a share of failures opens the circuit by chance once in a million windows.
 *
 * @param failureFraction that opens it, 0..1
 * @param errorFraction of the calls when nothing is wrong, independent of each other, 0..1
 * @returns null where the two are too close to each other, or the wrong way round
 */
export function leastCalls(failureFraction: number, errorFraction: number): number | null {
  if (failureFraction <= errorFraction) return null
  let calls = 1
  while (binomialTail(calls, errorFraction, Math.ceil(failureFraction * calls)) > BY_CHANCE) {
    if (++calls > MOST_CALLS) return null
  }
  return calls
}
