/** Good answers per second over some number of connections that always wait for one. */
export interface RampStep {
  readonly connections: number
  readonly throughputPerS: number
}

/** A step that brings less than this over the best before it brings nothing. */
const WORTH = 1.05

/** So many steps in a row without growth end the ramp: one alone may be a disturbance. */
const FLAT_STEPS = 2

/** How a ramp goes up. */
export interface RampPlan {
  /** Each step has so many times the connections of the one before it; above 1. */
  readonly factor: number
  readonly mostConnections: number
}

/**
 * The next number of connections to try on a target; null when two steps in a row brought less than 5 %, the last one
 * brought nothing good, or `mostConnections` was tried.
 *
 * @param steps in the order in which they were tried, the fewest connections first
 */
export function nextConnections(steps: readonly RampStep[], { factor, mostConnections }: RampPlan): number | null {
  const last = steps.at(-1)
  if (last === undefined) return 1
  if (last.throughputPerS <= 0 || last.connections >= mostConnections) return null
  const earlier = steps.slice(0, -FLAT_STEPS)
  const best = Math.max(0, ...earlier.map(({ throughputPerS }) => throughputPerS))
  const isFlat = earlier.length > 0 && steps.slice(-FLAT_STEPS).every((step) => step.throughputPerS < WORTH * best)
  return isFlat ? null : Math.min(mostConnections, Math.ceil(last.connections * factor))
}
