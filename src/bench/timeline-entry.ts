import type { Milliseconds } from '../core/clock.ts'
import type { ProcessProgress } from '../core/events.ts'
import { OUTCOMES, type RequestCounts } from '../core/measurement.ts'
import type { TimelineEntry } from '../core/report.ts'
import { LatencyHistogram } from '../stats/latency-histogram.ts'
import { type AccountReading, cpuMsBetween } from './target-cpu.ts'

/** Everything about a phase that grows, at one moment. */
export interface Mark {
  /** Since the start of the phase. */
  readonly elapsedMs: Milliseconds
  /** Of the target at that moment. */
  readonly reading: AccountReading
  /** Null at the start: nothing was counted yet. */
  readonly counts: RequestCounts | null
  /** Answered, and answered right; at the end of a phase without what came during the drain. */
  readonly completed: number
  readonly good: number
  readonly inFlight: number
  /** Response times by outcome; one that has not occurred is absent. */
  readonly times: ReadonlyMap<string, LatencyHistogram>
}

/** Requests that were answered, whatever the answer. */
export function completedOf(counts: RequestCounts): number {
  return counts.good + counts.limited + counts.shed + counts.failed + counts.mismatched
}

/** What each process of the target used between two marks. */
export function processesBetween({ reading: from }: Mark, { reading: to }: Mark): readonly ProcessProgress[] {
  const wallMs = Math.max(to.atMs - from.atMs, 1)
  return [...cpuMsBetween(from.accounts, to.accounts)].map(([pid, usedMs]) => ({ pid, cpus: usedMs / wallMs }))
}

/** The timeline entry of the time between two marks; `second` is its end. */
export function entryBetween(from: Mark, to: Mark): TimelineEntry {
  const seconds = Math.max(to.elapsedMs - from.elapsedMs, 1) / 1_000
  const outcomes = outcomesBetween(from, to)
  return {
    second: Math.round(to.elapsedMs / 100) / 10,
    throughputPerS: Math.max(0, to.completed - from.completed) / seconds,
    goodputPerS: Math.max(0, to.good - from.good) / seconds,
    p50Ms: outcomes['good']?.p50Ms ?? null,
    p99Ms: outcomes['good']?.p99Ms ?? null,
    inFlight: to.inFlight,
    targetCpus:
      to.reading.accounts.length === 0 ? null : processesBetween(from, to).reduce((sum, { cpus }) => sum + cpus, 0),
    outcomes,
  }
}

function outcomesBetween(from: Mark, to: Mark): NonNullable<TimelineEntry['outcomes']> {
  const found = OUTCOMES.flatMap((outcome) => {
    const count = (to.counts?.[outcome] ?? 0) - (from.counts?.[outcome] ?? 0)
    if (count <= 0) return []
    const times = to.times.get(outcome)?.minus(from.times.get(outcome) ?? NO_TIMES)
    return [
      [outcome, { count, p50Ms: times?.quantileMs(0.5) ?? null, p99Ms: times?.quantileMs(0.99) ?? null }] as const,
    ]
  })
  return Object.fromEntries(found)
}

const NO_TIMES = new LatencyHistogram()
