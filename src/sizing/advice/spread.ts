import { meanInterval } from '../../stats/confidence.ts'

/** The 95 % interval of the mean of a measured figure. */
export interface Spread {
  /** Half the width of the interval, of the mean; 0.05 is ± 5 %. */
  readonly halfWidthFraction: number
  /** What was taken as independent. Seconds of one boot, and its requests, are more alike than boots: their interval is too narrow. */
  readonly over: 'boots' | 'seconds' | 'workers' | 'requests'
  readonly count: number
}

/** How far the figures vary that recommendations rest on; null where that cannot be told. */
export interface Spreads {
  /** CPU time per request. */
  readonly cpuPerRequest: Spread | null
  /** Busy-loop time for each CPU time: how much of the work blocks. */
  readonly loopPerCpu: Spread | null
  /** How long a call keeps its connection to an upstream. */
  readonly upstreamHold: Spread | null
  /** The p99 of the response time. */
  readonly responseP99: Spread | null
  /** Memory of a worker. */
  readonly workerMemory: Spread | null
}

/** Nothing is known to vary. */
export const NO_SPREADS: Spreads = {
  cpuPerRequest: null,
  loopPerCpu: null,
  upstreamHold: null,
  responseP99: null,
  workerMemory: null,
}

/** Fewer give an interval that says nothing. */
const LEAST_VALUES = 3

/**
 * The spread of independent values.
 *
 * @returns null for fewer than three, and when their mean is not above 0
 */
export function spreadOf(values: readonly number[], over: Spread['over']): Spread | null {
  const interval = values.length < LEAST_VALUES ? null : meanInterval(values)
  if (interval === null || interval.mean <= 0) return null
  return { halfWidthFraction: (interval.high - interval.mean) / interval.mean, over, count: values.length }
}

/**
 * The interval of a recommended value: its formula at both ends of what was measured. The figures enter the formula as one
 * product, and vary independently, so that their relative half-widths add up as squares.
 *
 * @param spreads of all figures in the product
 * @param valueAt the whole-number value when that product is so many times what was measured; monotonous
 * @returns nothing when it is not known of each figure how far it varies
 */
export function intervalOf(
  spreads: readonly (Spread | null)[],
  valueAt: (factor: number) => number,
): { readonly interval?: readonly [low: number, high: number] } {
  if (spreads.some((spread) => spread === null)) return {}
  const halfWidth = Math.hypot(...spreads.map((spread) => spread?.halfWidthFraction ?? 0))
  const ends = [valueAt(Math.max(Number.MIN_VALUE, 1 - halfWidth)), valueAt(1 + halfWidth)]
  return { interval: [Math.min(...ends), Math.max(...ends)] }
}
