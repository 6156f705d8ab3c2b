import type { Milliseconds } from '../core/clock.ts'
import type { BenchEvent } from '../core/events.ts'
import type { GeneratorPlan, GeneratorSnapshot } from '../core/generator-messages.ts'
import type { Placement } from '../core/host-facts.ts'
import type { GeneratorHealth } from '../core/measurement.ts'
import type { Run } from '../core/report.ts'
import type { ScenarioPhase } from '../core/scenario.ts'
import { interferenceBetween, sampleInterference } from '../host/interference.ts'
import type { Generator, WatchedResult } from '../load/generator-client.ts'
import { judge } from '../load/validity.ts'
import { LatencyHistogram } from '../stats/latency-histogram.ts'
import { describeWorkload, reportedWorkload } from './phases.ts'
import { LiveFigures } from './live-figures.ts'
import { mergedTime, namedRoutes } from './named-routes.ts'
import type { Target } from './target.ts'
import { sampleTarget, type TargetSample, targetUseBetween } from './target-use.ts'

/** How long answers are waited for after the last send. */
export const DRAIN_MS: Milliseconds = 2_000
/** The same when the user has pressed Ctrl-C. */
const INTERRUPTED_DRAIN_MS: Milliseconds = 300

/** What one phase needs of the run around it. */
export interface PhaseSurroundings {
  readonly scenario: string
  readonly repetition: number
  readonly target: Target
  readonly generator: Generator
  readonly placement: Placement
  readonly emit: (event: BenchEvent) => void
  readonly signal: AbortSignal
}

/** The finished phase, measured or not. */
export interface PhaseOutcome {
  readonly run: Run
  /** What the target told about itself at both ends; null when it cannot be seen. */
  readonly samples: { readonly before: TargetSample | null; readonly after: TargetSample | null }
}

/** Runs one phase and turns what the generator, the target and the machine tell into a `Run`. */
export async function runPhase(
  phase: ScenarioPhase,
  plan: GeneratorPlan,
  surroundings: PhaseSurroundings,
): Promise<PhaseOutcome> {
  const { target, generator, emit, signal, placement } = surroundings
  emit({ type: 'phase-started', phase: phase.name, description: describeWorkload(plan.workload) })
  const live = new LiveFigures(phase.name, plan, target)
  const before = await sampleTarget(target)
  const interferenceBefore = sampleInterference()
  const startedAt = new Date().toISOString()
  const onAbort = (): void => generator.stopPhase(INTERRUPTED_DRAIN_MS)
  signal.addEventListener('abort', onAbort, { once: true })
  let result: WatchedResult
  try {
    const onSnapshot = (snapshot: GeneratorSnapshot): void =>
      emit({ type: 'progress', progress: live.update(snapshot) })
    const running = generator.runPhase(plan, { onSnapshot })
    // It may have been aborted while the accounts were read.
    if (signal.aborted) onAbort()
    result = await Promise.race([running, target.died])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
  const after = await sampleTarget(target)
  const interference = interferenceBetween(interferenceBefore, sampleInterference())
  const { counts } = result
  const completed = counts.sent - counts.lost - counts.timedOut - counts.unfinished
  const targetUse = before === null || after === null ? null : targetUseBetween(before, after, completed)
  const health = healthOf(result)
  const sendingS = Math.max(result.sendingMs, 1) / 1_000
  const run: Run = {
    scenario: surroundings.scenario,
    phase: phase.name,
    workload: reportedWorkload(plan.workload),
    workers: target.workers,
    repetition: surroundings.repetition,
    startedAt,
    durationMs: result.sendingMs,
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
      health,
      durationMs: result.sendingMs,
      workers: target.workers,
      targetBusyFraction: targetUse === null ? null : targetUse.cpus / placement.targetEffectiveCpus,
      interference,
    }),
    ...(signal.aborted ? { interrupted: true } : {}),
    timeline: live.timeline(),
  }
  return { run, samples: { before, after } }
}

function healthOf(result: WatchedResult): GeneratorHealth {
  const lateness = LatencyHistogram.decode(result.lateness)
  return {
    processes: 1,
    cpuFraction: result.cpuMs / Math.max(result.totalMs, 1),
    loopDelayP99Ms: result.loopDelayP99Ms,
    sendRatio: result.counts.scheduled === 0 ? 0 : result.counts.sent / result.counts.scheduled,
    lateP50Ms: lateness.quantileMs(0.5),
    lateP99Ms: lateness.quantileMs(0.99),
    hiccupP99Ms: result.hiccupP99Ms,
  }
}

function summaryOf(encoded: Uint8Array): ReturnType<LatencyHistogram['summary']> {
  return LatencyHistogram.decode(encoded).summary()
}
