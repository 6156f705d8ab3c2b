import type { Milliseconds } from '../core/clock.ts'
import type { GeneratorPlan } from '../core/generator-messages.ts'
import type { Placement } from '../core/host-facts.ts'
import type { GeneratorHealth } from '../core/measurement.ts'
import type { Run, TimelineEntry } from '../core/report.ts'
import type { Interference } from '../host/interference.ts'
import type { Neighbours } from '../host/neighbours.ts'
import type { WatchedResult } from '../load/generators.ts'
import { starvedFraction } from '../load/starved-fraction.ts'
import { judge } from '../load/validity.ts'
import { LatencyHistogram } from '../stats/latency-histogram.ts'
import type { SteadyState } from '../stats/steady-state.ts'
import type { AppliedFault } from './fault-timeline.ts'
import { mergedTime, namedRoutes } from './named-routes.ts'
import { reportedWorkload } from './phases.ts'
import { loadedMsBetween, type TargetSample, targetUseBetween } from './target-use.ts'
import { completedOf } from './timeline-entry.ts'

/** Everything that was found out about one phase. */
export interface Measured extends Pick<
  Run,
  'scenario' | 'phase' | 'workers' | 'repetition' | 'startedAt' | 'durationMs'
> {
  readonly plan: GeneratorPlan
  readonly placement: Placement
  readonly result: WatchedResult
  readonly samples: { readonly before: TargetSample | null; readonly after: TargetSample | null }
  readonly interference: Interference
  readonly neighbours: Neighbours | null
  /** How long its quota stopped the target, over all CPUs; undefined without one. */
  readonly targetThrottledMs?: Milliseconds | undefined
  readonly faults: readonly AppliedFault[]
  /** Null where load or target are not meant to stay the same, or the figures are too few. */
  readonly steadyState: SteadyState | null
  readonly timeline: readonly TimelineEntry[]
  readonly isInterrupted: boolean
}

/** Turns what the generator, the target and the machine told about a phase into a `Run`, and judges it. */
export function measuredRun(measured: Measured): Run {
  const { plan, result, placement, interference, neighbours, steadyState, faults, durationMs } = measured
  const { scenario, phase, workers, repetition, startedAt, timeline, targetThrottledMs } = measured
  const { before, after } = measured.samples
  const { counts } = result
  const isSeen = before !== null && after !== null
  const loadedMs = isSeen ? loadedMsBetween(before, after, result.totalMs) : 0
  const targetUse = isSeen ? targetUseBetween(before, after, completedOf(counts), loadedMs) : null
  const effectiveCpus = placement.targetEffectiveCpus
  const health = healthOf(result)
  const sendingS = Math.max(durationMs, 1) / 1_000
  return {
    scenario,
    phase,
    workload: reportedWorkload(plan.workload),
    workers,
    repetition,
    startedAt,
    durationMs,
    requests: counts,
    offeredPerS: counts.scheduled / sendingS,
    throughputPerS: result.completedWhileSending / sendingS,
    goodputPerS: result.goodWhileSending / sendingS,
    responseTime: mergedTime(result.routes, 'responseTime').summary(),
    serviceTime: mergedTime(result.routes, 'serviceTime').summary(),
    otherOutcomes: Object.fromEntries(
      Object.entries(result.otherOutcomes).map(([outcome, times]) => [
        outcome,
        { responseTime: summaryOf(times.responseTime), serviceTime: summaryOf(times.serviceTime) },
      ]),
    ),
    errors: result.errors,
    statusCodes: result.statusCodes,
    routes: namedRoutes(result.routes),
    targetUse,
    generator: health,
    validity: judge({
      workload: plan.workload,
      counts,
      connectionsOpened: result.connectionsOpened,
      health,
      durationMs,
      workers,
      targetBusyFraction: targetUse === null ? null : targetUse.cpus / effectiveCpus,
      // A quota stops the target on purpose.
      targetStarvedFraction:
        targetUse === null || placement.mode === 'quota' ? null : starvedFraction(targetUse, loadedMs, effectiveCpus),
      interference,
      neighbours,
      steadyState,
    }),
    ...(measured.isInterrupted ? { interrupted: true } : {}),
    ...(faults.length === 0 ? {} : { faults }),
    interference: {
      stealFraction: interference.stealFraction,
      throttledCount: interference.throttledCount,
      neighbourCpus: neighbours?.cpus ?? null,
      neighbour: neighbours?.busiest?.name ?? null,
      ...(targetThrottledMs === undefined ? {} : { targetThrottledMs }),
    },
    ...(steadyState === null ? {} : { steadyState }),
    timeline,
  }
}

function healthOf(result: WatchedResult): GeneratorHealth {
  const lateness = LatencyHistogram.decode(result.lateness)
  const { counts, sendingMs, runQueueDelayMs } = result
  return {
    processes: result.processes,
    cpuFraction: result.busiestCpuMs / Math.max(result.totalMs, 1),
    loopDelayP99Ms: result.loopDelayP99Ms,
    sendRatio: counts.scheduled === 0 ? 0 : counts.sent / counts.scheduled,
    lateP50Ms: lateness.quantileMs(0.5),
    lateP99Ms: lateness.quantileMs(0.99),
    hiccupP99Ms: result.hiccupP99Ms,
    starvedFraction: runQueueDelayMs === null ? null : Math.min(1, runQueueDelayMs / Math.max(sendingMs, 1)),
  }
}

function summaryOf(encoded: Uint8Array): ReturnType<LatencyHistogram['summary']> {
  return LatencyHistogram.decode(encoded).summary()
}
