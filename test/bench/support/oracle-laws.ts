import type { Milliseconds } from '../../../src/core/clock.ts'
import { seededRandom, shuffled } from '../../../src/core/random.ts'
import { nearestRank } from '../../../src/stats/percentile.ts'

/** How the oracle answers: a law whose quantiles have a closed form, and whose sequence is the same every time. */
export type OracleLaw =
  | { readonly kind: 'fixed'; readonly delayMs: Milliseconds }
  /** Every `every`th request is slow, the others are fast. */
  | { readonly kind: 'two-point'; readonly fastMs: Milliseconds; readonly slowMs: Milliseconds; readonly every: number }
  /** Exponential delays: each run of `EXPONENTIAL_PERIOD` requests has exactly the quantiles of the law. */
  | { readonly kind: 'exponential'; readonly meanMs: Milliseconds }
  /** `delayMs`, but from request `atRequest` on nothing is answered for `forMs`; once. */
  | {
      readonly kind: 'stall'
      readonly delayMs: Milliseconds
      readonly atRequest: number
      readonly forMs: Milliseconds
    }
  /** Every `every`th connection is reset in place of an answer. */
  | { readonly kind: 'resets'; readonly delayMs: Milliseconds; readonly every: number }

/** Divides the number of requests of each open run below, so that a run sees whole periods wherever it begins. */
const EXPONENTIAL_PERIOD = 500
const SHUFFLE_SEED = 7

/** What happens to a request: how long it takes, Infinity when it is reset. Stalls come on top. */
export type DelayOf = (request: number) => Milliseconds

/** The delay of each request, by its number from 0 in order of arrival; Infinity for one that is reset. */
export function delaysOf(law: OracleLaw): DelayOf {
  switch (law.kind) {
    case 'fixed':
    case 'stall':
      return () => law.delayMs
    case 'two-point':
      return (request) => (request % law.every === law.every - 1 ? law.slowMs : law.fastMs)
    case 'exponential': {
      const delays = exponentialPeriod(law.meanMs)
      return (request) => delays[request % delays.length] ?? 0
    }
    case 'resets':
      return (request) => (request % law.every === law.every - 1 ? Infinity : law.delayMs)
  }
}

/** Mean time that a connection is busy with one request. */
export function meanMs(law: OracleLaw): Milliseconds {
  switch (law.kind) {
    case 'fixed':
    case 'stall':
    case 'resets':
      return law.delayMs
    case 'two-point':
      return law.fastMs + (law.slowMs - law.fastMs) / law.every
    case 'exponential':
      return law.meanMs
  }
}

/** The smallest value that a share `quantile` of the samples does not exceed; samples in any order, at least one. */
export function sampleQuantile(samples: readonly number[], quantile: number): number {
  const sorted = Float64Array.from(samples).sort()
  return sorted[nearestRank(sorted.length, quantile) - 1] ?? Number.NaN
}

/**
 * The response times that evenly spread arrivals see when a server of `delayMs` answers nothing for `stallMs`: who comes
 * x after its beginning waits for the rest, but no less than the usual delay.
 *
 * @param gapMs between two arrivals
 * @param count of arrivals in all, those in the stall among them
 */
export function stalledResponseTimes(stall: {
  readonly delayMs: Milliseconds
  readonly stallMs: Milliseconds
  readonly gapMs: Milliseconds
  readonly count: number
}): number[] {
  return Array.from({ length: stall.count }, (_, arrival) =>
    Math.max(stall.delayMs, stall.stallMs - arrival * stall.gapMs),
  )
}

/** The quantiles 1/n, 2/n … of the exponential law, shuffled; of the last one, which is infinite, the middle of its step. */
function exponentialPeriod(mean: Milliseconds): readonly Milliseconds[] {
  const delays = Array.from({ length: EXPONENTIAL_PERIOD }, (_, index) => {
    const quantile = Math.min(index + 1, EXPONENTIAL_PERIOD - 0.5) / EXPONENTIAL_PERIOD
    return -mean * Math.log(1 - quantile)
  })
  return shuffled(seededRandom(SHUFFLE_SEED), delays)
}
