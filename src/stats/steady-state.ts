import type { Milliseconds } from '../core/clock.ts'

/** Batches of this many values are averaged first, which makes neighbours independent: the 5 of MSER-5. */
const BATCH_SIZE = 5
/** Fewer values make less than eight batches, whose spread says nothing. */
const MIN_VALUES = 40
/** A best cut in the last quarter of the search is at its bound, give or take the noise. */
const LATE_CUT = 0.75
/** Two parts of a series whose means differ by less are the same to whoever reads them. */
const MAX_RELATIVE_STEP = 0.1
/** And so are two that differ by less than so many standard errors: that is noise. */
const MAX_STANDARD_ERRORS = 4
/** After 400 requests the CPU time per request still fell by a quarter from one slice to the next, after 4 000 by a hundredth. */
const MIN_WARM_UP_REQUESTS = 4_000

/** A value of a series, and the moment at which the time that it was measured over ended. */
export interface SeriesValue {
  readonly elapsedMs: Milliseconds
  /** Any unit; finite. */
  readonly value: number
}

/** Whether a series has come to rest, and from when on. */
export interface SteadyState {
  readonly hasSettled: boolean
  /** Seconds from the beginning; what came before belongs to the transient. Without rest, about half of the series. */
  readonly fromS: number
}

/**
 * Finds the end of the transient at the beginning of a series by MSER-5: batches of five are averaged, and so many are cut
 * off that the squared standard error of the mean of the rest, Σ(yᵢ − mean)² / (n − d)², is smallest; at most half of them.
 *
 * The series has not settled when the best cut is near that bound and the means just before and after it differ, by more
 * than 10 % and by more than four standard errors of what is kept: noise alone moves the cut, but not the means.
 *
 * @param series oldest first, evenly spaced
 * @returns null for fewer than 40 values
 * @see White 1997, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69(6)
 */
export function steadyStateOf(series: readonly SeriesValue[]): SteadyState | null {
  if (series.length < MIN_VALUES) return null
  const batches = batchMeans(series)
  const bound = Math.floor(batches.length / 2)
  const cut = bestCut(batches, bound)
  const fromS = cut === 0 ? 0 : (series[cut * BATCH_SIZE - 1]?.elapsedMs ?? 0) / 1_000
  const isLate = cut >= LATE_CUT * bound
  return { hasSettled: !isLate || !hasStep(batches.slice(Math.floor(cut / 2), cut), batches.slice(cut)), fromS }
}

/**
 * A warm-up has done its work: enough requests for the compiler of the target, and the CPU time per request has settled.
 * Too few values to tell are not enough.
 */
export function warmUpIsOver(warmUp: { readonly completed: number; readonly series: readonly SeriesValue[] }): boolean {
  return warmUp.completed >= MIN_WARM_UP_REQUESTS && steadyStateOf(warmUp.series)?.hasSettled === true
}

/** What is left over at the end is no batch. */
function batchMeans(series: readonly SeriesValue[]): readonly number[] {
  return Array.from({ length: Math.floor(series.length / BATCH_SIZE) }, (_, batch) =>
    mean(series.slice(batch * BATCH_SIZE, (batch + 1) * BATCH_SIZE).map(({ value }) => value)),
  )
}

/**
 * The number of batches to cut off, 0 to `bound`; of equal ones the smallest. From the last batch on, mean and squared
 * deviations of what is kept are carried along, so that a day at ten values a second takes one pass.
 *
 * @see Welford 1962, "Note on a method for calculating corrected sums of squares and products", Technometrics 4(3)
 */
function bestCut(batches: readonly number[], bound: number): number {
  let best = bound
  let leastError = Infinity
  let center = 0
  let deviations = 0
  let kept = 0
  for (const [cut, value] of [...batches.entries()].toReversed()) {
    kept++
    const step = value - center
    center += step / kept
    deviations += step * (value - center)
    const error = deviations / kept ** 2
    if (cut > bound || error > leastError) continue
    best = cut
    leastError = error
  }
  return best
}

function hasStep(before: readonly number[], after: readonly number[]): boolean {
  const step = Math.abs(mean(before) - mean(after))
  const variance = squaredDeviations(after) / (after.length - 1)
  const standardError = Math.sqrt(variance * (1 / before.length + 1 / after.length))
  return step > MAX_RELATIVE_STEP * Math.abs(mean(after)) && step > MAX_STANDARD_ERRORS * standardError
}

function squaredDeviations(values: readonly number[]): number {
  const center = mean(values)
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
