import type { Milliseconds } from '../core/clock.ts'
import type { Progress } from '../core/events.ts'
import type { GeneratorPlan, GeneratorResult, GeneratorSnapshot } from '../core/generator-messages.ts'
import type { TimelineEntry } from '../core/report.ts'
import { LatencyHistogram } from '../stats/latency-histogram.ts'
import { mergedTime } from './named-routes.ts'
import type { Target } from './target.ts'
import { TargetMonitor, type TargetSecond } from './target-monitor.ts'
import type { AccountReading } from './target-cpu.ts'
import { completedOf, entryBetween, type Mark, processesBetween } from './timeline-entry.ts'

/** Snapshots come every half second, give or take what a busy loop delays them. */
const ALMOST_A_SECOND_MS: Milliseconds = 950
/** A rest of the phase that is shorter is no second of its own: its rates would be noise. */
const LEAST_REST_MS: Milliseconds = 200
/** Snapshots that come later than this after the planned end tell about the drain. */
const END_MARGIN_MS: Milliseconds = 50

/** Turns cumulative snapshots into what a display shows and into one timeline entry a second. */
export class LiveFigures {
  readonly #phase: string
  readonly #plan: GeneratorPlan
  readonly #shownMs: Milliseconds
  readonly #monitor: TargetMonitor
  readonly #seconds: { readonly entry: TimelineEntry; readonly use: Promise<TargetSecond> }[] = []
  #last: Mark
  /** Where the last second that is complete begins and ends; older marks are let go, for they are large. */
  #previousStart: Mark
  #secondStart: Mark

  /**
   * @param begun the accounts of the target now
   * @param shownMs how long the phase is for a display; one that is prolonged shows what has passed
   */
  constructor(
    phase: string,
    plan: GeneratorPlan,
    target: Target,
    begun: AccountReading,
    shownMs: Milliseconds = plan.durationMs,
  ) {
    this.#phase = phase
    this.#plan = plan
    this.#shownMs = shownMs
    this.#monitor = new TargetMonitor(target, begun)
    this.#last = {
      elapsedMs: 0,
      reading: begun,
      counts: null,
      completed: 0,
      good: 0,
      inFlight: 0,
      times: new Map([['good', new LatencyHistogram()]]),
    }
    this.#secondStart = this.#last
    this.#previousStart = this.#last
  }

  /**
   * The figures since the last snapshot.
   *
   * @param reading the accounts of the target now
   */
  update(snapshot: GeneratorSnapshot, reading: AccountReading): Progress {
    const mark = markOf(snapshot, reading)
    const { counts } = snapshot
    const { elapsedMs } = mark
    const good = mark.times.get('good')
    const seconds = Math.max(elapsedMs - this.#last.elapsedMs, 1) / 1_000
    const progress: Progress = {
      phase: this.#phase,
      elapsedMs,
      durationMs: elapsedMs > this.#shownMs ? Math.min(wholeSeconds(elapsedMs), this.#plan.durationMs) : this.#shownMs,
      offeredPerS:
        this.#plan.workload.kind === 'open' ? (counts.scheduled - (this.#last.counts?.scheduled ?? 0)) / seconds : null,
      throughputPerS: (mark.completed - this.#last.completed) / seconds,
      goodputPerS: (mark.good - this.#last.good) / seconds,
      p50Ms: good?.quantileMs(0.5) ?? null,
      p95Ms: good?.quantileMs(0.95) ?? null,
      p99Ms: good?.quantileMs(0.99) ?? null,
      inFlight: mark.inFlight,
      notGood: mark.completed - mark.good + counts.lost + counts.timedOut,
      processes: processesBetween(this.#last, mark),
    }
    const isDrain = elapsedMs > this.#plan.durationMs + END_MARGIN_MS
    if (!isDrain && elapsedMs - this.#secondStart.elapsedMs >= ALMOST_A_SECOND_MS) this.#endSecond(mark)
    this.#last = mark
    return progress
  }

  /**
   * The whole timeline, with the rest of the last second. What was answered during the drain is counted with the last entry,
   * so that the outcomes of all entries add up to those of the phase; its rates are those of the time of sending.
   *
   * @param reading the accounts of the target now
   */
  async finish(result: GeneratorResult, reading: AccountReading): Promise<readonly TimelineEntry[]> {
    const { counts, sendingMs, completedWhileSending, goodWhileSending, routes, otherOutcomes } = result
    const others = Object.entries(otherOutcomes).map(
      ([outcome, { responseTime }]) => [outcome, LatencyHistogram.decode(responseTime)] as const,
    )
    const end: Mark = {
      elapsedMs: sendingMs,
      reading,
      counts,
      completed: completedWhileSending,
      good: goodWhileSending,
      inFlight: counts.unfinished,
      times: new Map([['good', mergedTime(routes, 'responseTime')], ...others]),
    }
    const isNoSecond = this.#seconds.length > 0 && sendingMs - this.#secondStart.elapsedMs < LEAST_REST_MS
    const joined = isNoSecond ? this.#seconds.pop() : undefined
    if (joined === undefined) this.#endSecond(end)
    else this.#seconds.push({ entry: entryBetween(this.#previousStart, end), use: joined.use })
    return Promise.all(this.#seconds.map(async ({ entry, use }) => ({ ...entry, ...(await use) })))
  }

  #endSecond(mark: Mark): void {
    this.#seconds.push({ entry: entryBetween(this.#secondStart, mark), use: this.#monitor.second(mark.reading) })
    this.#previousStart = this.#secondStart
    this.#secondStart = mark
  }
}

/** Of a phase that goes on beyond its time nobody knows the end: the display counts on. */
function wholeSeconds(ms: Milliseconds): Milliseconds {
  return Math.ceil(ms / 1_000) * 1_000
}

function markOf(
  { elapsedMs, counts, inFlight, responseTime, otherResponseTimes }: GeneratorSnapshot,
  reading: AccountReading,
): Mark {
  const others = Object.entries(otherResponseTimes).map(
    ([outcome, encoded]) => [outcome, LatencyHistogram.decode(encoded)] as const,
  )
  return {
    elapsedMs,
    reading,
    counts,
    completed: completedOf(counts),
    good: counts.good,
    inFlight,
    times: new Map([['good', LatencyHistogram.decode(responseTime)], ...others]),
  }
}
