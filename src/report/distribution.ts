import type { Milliseconds } from '../core/clock.ts'
import type { LatencyHistogram } from '../stats/latency-histogram.ts'

/** The samples above the bin before, up to and with `upToMs`. */
export interface LatencyBin {
  /** Null: everything above the bin before. */
  readonly upToMs: Milliseconds | null
  readonly count: number
}

/** Preferred numbers of one decade, the finest series first. @see ISO 3:1973, R40, R20 and R10 */
const R40 = [
  1, 1.06, 1.12, 1.18, 1.25, 1.32, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.12, 2.24, 2.36, 2.5, 2.65, 2.8, 3, 3.15, 3.35,
  3.55, 3.75, 4, 4.25, 4.5, 4.75, 5, 5.3, 5.6, 6, 6.3, 6.7, 7.1, 7.5, 8, 8.5, 9, 9.5,
]
const SERIES = [R40, everyNth(R40, 2), everyNth(R40, 4), [1, 2, 5], [1]]
const MOST_EDGES = 11
/** Extremes outside get the first and the last bin, so that one outlier does not coarsen the rest. */
const FROM_QUANTILE = 0.001
const TO_QUANTILE = 0.999
/** What HdrHistogram's own writers use. */
const TICKS_PER_HALF_DISTANCE = 5

/**
 * Divides latencies into at most 12 bins with round, evenly spaced (on a log scale) edges, ascending.
 *
 * @returns empty when there are no samples
 */
export function latencyBins(histogram: LatencyHistogram): readonly LatencyBin[] {
  const fromMs = histogram.quantileMs(FROM_QUANTILE)
  const toMs = histogram.quantileMs(TO_QUANTILE)
  if (fromMs === null || toMs === null) return []
  const candidates = SERIES.map((series) => edgesOf(series, fromMs, toMs))
  const edges = candidates.find(({ length }) => length <= MOST_EDGES) ?? candidates.at(-1) ?? []
  const cumulative = edges.map((edge) => countUpTo(histogram, edge))
  const bins = edges.map((upToMs, index) => ({
    upToMs,
    count: (cumulative[index] ?? 0) - (cumulative[index - 1] ?? 0),
  }))
  const above = histogram.count - (cumulative.at(-1) ?? 0)
  return above === 0 ? bins : [...bins, { upToMs: null, count: above }]
}

/** How many samples are at most `ms`. */
export function countUpTo(histogram: LatencyHistogram, ms: Milliseconds): number {
  let low = 0
  let high = histogram.count
  while (low < high) {
    const rank = Math.ceil((low + high) / 2)
    if (histogram.sampleMs(rank) <= ms) low = rank
    else high = rank - 1
  }
  return low
}

/**
 * Quantiles from 0 (the smallest sample) that draw nearer to 1 with each halving of the distance, as far as `count` samples
 * can tell two apart: the steps in which a tail is looked at.
 */
export function tailQuantiles(count: number): readonly number[] {
  const found: number[] = []
  for (let distance = 1; distance * count >= 1; distance /= 2) {
    for (let tick = 0; tick < TICKS_PER_HALF_DISTANCE; tick++) {
      found.push(1 - distance + (tick * distance) / 2 / TICKS_PER_HALF_DISTANCE)
    }
  }
  return found
}

/** The round numbers that enclose a range: from the first not below it to the first at or above its end. */
function edgesOf(series: readonly number[], fromMs: Milliseconds, toMs: Milliseconds): readonly Milliseconds[] {
  const edges: Milliseconds[] = []
  for (let exponent = Math.floor(Math.log10(fromMs)); ; exponent++) {
    for (const mantissa of series) {
      const edge = Number((mantissa * 10 ** exponent).toPrecision(3))
      if (edge >= fromMs) edges.push(edge)
      if (edge >= toMs) return edges
    }
  }
}

function everyNth(series: readonly number[], step: number): readonly number[] {
  return series.filter((_, index) => index % step === 0)
}
