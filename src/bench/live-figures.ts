import type { Milliseconds } from '../core/clock.ts'
import type { ProcessProgress, Progress } from '../core/events.ts'
import type { GeneratorPlan, GeneratorSnapshot } from '../core/generator-messages.ts'
import type { RequestCounts } from '../core/measurement.ts'
import type { TimelineEntry } from '../core/report.ts'
import { LatencyHistogram } from '../stats/latency-histogram.ts'
import type { Target } from './target.ts'
import { cpuMsByProcess } from './target-use.ts'

/** Snapshots come every half second, give or take what a busy loop delays them. */
const ALMOST_A_SECOND_MS: Milliseconds = 950

/** Turns cumulative snapshots into what a display shows and into one timeline entry a second. */
export class LiveFigures {
  readonly #phase: string
  readonly #plan: GeneratorPlan
  readonly #target: Target
  readonly #timeline: TimelineEntry[] = []
  #last: Mark
  #secondStart: Mark

  constructor(phase: string, plan: GeneratorPlan, target: Target) {
    this.#phase = phase
    this.#plan = plan
    this.#target = target
    this.#last = {
      elapsedMs: 0,
      completed: 0,
      good: 0,
      scheduled: 0,
      cpuMs: cpuMsByProcess(target),
      responseTime: new LatencyHistogram(),
    }
    this.#secondStart = this.#last
  }

  /** The figures since the last snapshot. */
  update(snapshot: GeneratorSnapshot): Progress {
    const { counts } = snapshot
    const mark: Mark = {
      elapsedMs: snapshot.elapsedMs,
      completed: completedOf(counts),
      good: counts.good,
      scheduled: counts.scheduled,
      cpuMs: cpuMsByProcess(this.#target),
      responseTime: LatencyHistogram.decode(snapshot.responseTime),
    }
    const seconds = Math.max(mark.elapsedMs - this.#last.elapsedMs, 1) / 1_000
    const progress: Progress = {
      phase: this.#phase,
      elapsedMs: mark.elapsedMs,
      durationMs: this.#plan.durationMs,
      offeredPerS: this.#plan.workload.kind === 'open' ? (mark.scheduled - this.#last.scheduled) / seconds : null,
      throughputPerS: (mark.completed - this.#last.completed) / seconds,
      goodputPerS: (mark.good - this.#last.good) / seconds,
      p50Ms: mark.responseTime.quantileMs(0.5),
      p95Ms: mark.responseTime.quantileMs(0.95),
      p99Ms: mark.responseTime.quantileMs(0.99),
      inFlight: snapshot.inFlight,
      notGood: mark.completed - mark.good + counts.lost + counts.timedOut,
      processes: processesBetween(this.#last, mark),
    }
    if (mark.elapsedMs - this.#secondStart.elapsedMs >= ALMOST_A_SECOND_MS) {
      this.#timeline.push(entryBetween(this.#secondStart, mark, snapshot.inFlight))
      this.#secondStart = mark
    }
    this.#last = mark
    return progress
  }

  timeline(): readonly TimelineEntry[] {
    return this.#timeline
  }
}

interface Mark {
  readonly elapsedMs: Milliseconds
  readonly completed: number
  readonly good: number
  readonly scheduled: number
  readonly cpuMs: ReadonlyMap<number, Milliseconds>
  readonly responseTime: LatencyHistogram
}

function completedOf(counts: RequestCounts): number {
  return counts.good + counts.limited + counts.shed + counts.failed + counts.mismatched
}

function processesBetween(from: Mark, to: Mark): readonly ProcessProgress[] {
  const wallMs = Math.max(to.elapsedMs - from.elapsedMs, 1)
  return [...to.cpuMs].map(([pid, cpuMs]) => ({ pid, cpus: Math.max(0, cpuMs - (from.cpuMs.get(pid) ?? 0)) / wallMs }))
}

function entryBetween(from: Mark, to: Mark, inFlight: number): TimelineEntry {
  const seconds = (to.elapsedMs - from.elapsedMs) / 1_000
  const interval = to.responseTime.minus(from.responseTime)
  return {
    second: Math.round(to.elapsedMs / 100) / 10,
    throughputPerS: (to.completed - from.completed) / seconds,
    goodputPerS: (to.good - from.good) / seconds,
    p50Ms: interval.quantileMs(0.5),
    p99Ms: interval.quantileMs(0.99),
    inFlight,
    targetCpus: to.cpuMs.size === 0 ? null : processesBetween(from, to).reduce((sum, { cpus }) => sum + cpus, 0),
  }
}
