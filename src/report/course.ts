import { type BreakerState, worstBreaker } from '../core/breaker-state.ts'
import { type Outcome, OUTCOMES } from '../core/measurement.ts'
import type { Run, TimelineEntry } from '../core/report.ts'

/** Faults are switched some ms after the full second; seconds are told to a tenth. */
const LEAST_OVERLAP_S = 0.05

/** A time in which something was wrong on purpose, in seconds from the start of the phase. */
export interface FaultBand {
  readonly from: number
  readonly to: number
  /** Of all faults that were on then, for example `ab`. */
  readonly mark: string
}

/** What happened in a few seconds of a run. */
export interface CourseRow {
  readonly fromS: number
  readonly toS: number
  /** Requests that came to their end, by outcome. */
  readonly counts: Readonly<Partial<Record<Outcome, number>>>
  /** Of the good answers: the highest of the seconds, because percentiles of several cannot be joined. Null without any. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  /** The same of `otherOutcome`. */
  readonly otherP50Ms: number | null
  /** The worst of the seconds, by upstream; an upstream that did not tell is absent. */
  readonly breakers: Readonly<Record<string, BreakerState>>
  /** The marks of the faults that were on, for example `ab`. */
  readonly faults: string
}

/** A run second by second, or in steps of a few seconds. */
export interface Course {
  readonly rows: readonly CourseRow[]
  readonly secondsPerRow: number
  /** Those that occurred, good first. */
  readonly outcomes: readonly Outcome[]
  /** The one that most requests had which were not good; of those that have a latency. */
  readonly otherOutcome: Outcome | undefined
  /** Upstreams whose breaker was not closed all the time. */
  readonly brokenUpstreams: readonly string[]
  /** In order of time; marked a, b, c… */
  readonly faults: readonly (NonNullable<Run['faults']>[number] & { readonly mark: string })[]
}

/**
 * The course of a run, worth showing when something was wrong on purpose or not everything was good.
 *
 * @param mostRows longer runs are told in steps of so many seconds that they fit
 * @returns null when nothing happened, or the report does not tell outcomes by second
 */
export function courseOf(run: Run, mostRows: number): Course | null {
  const seconds = run.timeline.filter(({ outcomes }) => outcomes !== undefined)
  const totals = countsOf(seconds)
  const outcomes = OUTCOMES.filter((outcome) => outcome === 'good' || (totals[outcome] ?? 0) > 0)
  if (seconds.length === 0 || (run.faults === undefined && outcomes.length < 2)) return null
  const faults = (run.faults ?? []).map((fault, index) => ({ ...fault, mark: markOf(index) }))
  const otherOutcome = outcomes
    .filter((outcome) => outcome !== 'good' && seconds.some((second) => p50Of(second, outcome) !== null))
    .toSorted((left, right) => (totals[right] ?? 0) - (totals[left] ?? 0))[0]
  const secondsPerRow = Math.ceil(seconds.length / mostRows)
  const rows = Array.from({ length: Math.ceil(seconds.length / secondsPerRow) }, (_, index) => {
    const before = seconds[index * secondsPerRow - 1]
    const step = seconds.slice(index * secondsPerRow, (index + 1) * secondsPerRow)
    return rowOf(step, { fromS: before?.second ?? 0, otherOutcome, faults })
  })
  const upstreams = [...new Set(rows.flatMap(({ breakers }) => Object.keys(breakers)))]
  const isBroken = (state: BreakerState | undefined): boolean => state === 'open' || state === 'half-open'
  const brokenUpstreams = upstreams.filter((name) => rows.some(({ breakers }) => isBroken(breakers[name])))
  return { rows, secondsPerRow, outcomes, otherOutcome, brokenUpstreams, faults }
}

/** The times of the faults. Faults of one moment are switched one right after the other: they share a band, which the first one draws. */
export function faultBands(faults: Course['faults']): readonly FaultBand[] {
  const bands: FaultBand[] = []
  for (const { fromS, toS, mark } of faults) {
    const same = bands.findIndex(
      ({ from, to }) => Math.abs(from - fromS) <= LEAST_OVERLAP_S && Math.abs(to - toS) <= LEAST_OVERLAP_S,
    )
    const band = bands[same]
    if (band === undefined) bands.push({ from: fromS, to: toS, mark })
    else bands[same] = { ...band, mark: band.mark + mark }
  }
  return bands
}

function rowOf(
  step: readonly TimelineEntry[],
  { fromS, otherOutcome, faults }: Pick<Course, 'otherOutcome' | 'faults'> & { readonly fromS: number },
): CourseRow {
  const toS = step.at(-1)?.second ?? fromS
  const upstreams = step.flatMap(({ server }) => server?.upstreams ?? [])
  const byName = Map.groupBy(upstreams, ({ name }) => name)
  return {
    fromS,
    toS,
    counts: countsOf(step),
    p50Ms: highest(step.map((second) => p50Of(second, 'good'))),
    p99Ms: highest(step.map(({ outcomes }) => outcomes?.['good']?.p99Ms ?? null)),
    otherP50Ms: otherOutcome === undefined ? null : highest(step.map((second) => p50Of(second, otherOutcome))),
    breakers: Object.fromEntries(
      [...byName].map(([name, all]) => [name, worstBreaker(all.map(({ breaker }) => breaker))]),
    ),
    faults: faults
      .filter((fault) => Math.min(fault.toS, toS) - Math.max(fault.fromS, fromS) > LEAST_OVERLAP_S)
      .map(({ mark }) => mark)
      .join(''),
  }
}

function countsOf(seconds: readonly TimelineEntry[]): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {}
  for (const outcome of OUTCOMES) {
    const count = seconds.reduce((sum, { outcomes }) => sum + (outcomes?.[outcome]?.count ?? 0), 0)
    if (count > 0) counts[outcome] = count
  }
  return counts
}

function p50Of({ outcomes }: TimelineEntry, outcome: Outcome): number | null {
  return outcomes?.[outcome]?.p50Ms ?? null
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** a to z, and from there on by number. */
function markOf(index: number): string {
  return index < 26 ? String.fromCodePoint(0x61 + index) : `(${index + 1})`
}
