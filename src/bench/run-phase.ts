import type { Milliseconds } from '../core/clock.ts'
import { TargetError } from '../core/errors.ts'
import type { BenchEvent } from '../core/events.ts'
import type { GeneratorBeat, GeneratorPlan, GeneratorSnapshot } from '../core/generator-messages.ts'
import type { Placement } from '../core/host-facts.ts'
import { isConstant } from '../core/rate-profile.ts'
import type { Run } from '../core/report.ts'
import type { ScenarioPhase } from '../core/scenario.ts'
import type { Workload } from '../core/workload.ts'
import type { CpuQuota } from '../host/quota.ts'
import { systemClock } from '../host/system-clock.ts'
import type { Generator } from '../load/generators.ts'
import { FaultTimeline } from './fault-timeline.ts'
import { measuredRun } from './measured-run.ts'
import { PhaseWatch } from './phase-watch.ts'
import { describeWorkload, faultsOf } from './phases.ts'
import type { Target } from './target.ts'
import { readAccounts } from './target-cpu.ts'
import type { TargetSample } from './target-use.ts'

/** How long answers are waited for after the last send. */
export const DRAIN_MS: Milliseconds = 2_000
/** The same when the user has pressed Ctrl-C. */
const INTERRUPTED_DRAIN_MS: Milliseconds = 300
/** How far a warm-up that has not done its work is prolonged. */
const LONGEST_WARM_UP = { factor: 3, moreMs: 10_000 }

/** What one phase needs of the run around it. */
export interface PhaseSurroundings {
  readonly scenario: string
  readonly repetition: number
  readonly target: Target
  readonly generator: Generator
  readonly placement: Placement
  /** That the target is under; undefined without one. */
  readonly quota?: Pick<CpuQuota, 'throttledMs'> | undefined
  readonly emit: (event: BenchEvent) => void
  readonly signal: AbortSignal
}

/** The finished phase, measured or not. */
export interface PhaseOutcome {
  readonly run: Run
  /** What the target told about itself at both ends; null when it cannot be seen. */
  readonly samples: { readonly before: TargetSample | null; readonly after: TargetSample | null }
}

/**
 * Runs one phase and turns what the generator, the target and the machine tell into a `Run`. A closed phase that is not
 * measured goes on until the CPU time per request has settled, for at most three times its duration, and no more than 10 s beyond it.
 *
 * @throws {TargetError} when the target ends by itself, or a fault cannot be switched
 */
export async function runPhase(
  phase: ScenarioPhase,
  planned: GeneratorPlan,
  surroundings: PhaseSurroundings,
): Promise<PhaseOutcome> {
  const { target, generator, emit, signal, placement, quota, scenario, repetition } = surroundings
  emit({ type: 'phase-started', phase: phase.name, description: describeWorkload(planned.workload) })
  const faults = new FaultTimeline(faultsOf(phase), setFaultOf(target), systemClock)
  const hasFaults = faultsOf(phase).length > 0
  const isSteady = !hasFaults && isSteadyLoad(planned.workload)
  const hasCosts = isSteady && readAccounts(target).accounts.length > 0
  const isProlonged = hasCosts && isWarmUp(phase)
  const warmUpMs = isProlonged ? planned.durationMs : undefined
  const plan = warmUpMs === undefined ? planned : { ...planned, durationMs: longestMs(warmUpMs) }
  const cpus = [...placement.targetCpus, ...placement.generatorCpus]
  const watch = new PhaseWatch({ name: phase.name, plan, shownMs: planned.durationMs, target, quota, cpus })
  let isWarm = false
  const onBeat = (beat: GeneratorBeat): void => {
    faults.begin(systemClock.now() - beat.elapsedMs)
    if (signal.aborted) return
    if (hasCosts && beat.elapsedMs <= plan.durationMs) watch.addCost(beat)
    if (warmUpMs === undefined || isWarm || beat.elapsedMs < warmUpMs) return
    isWarm = watch.isWarm()
    if (isWarm) generator.stopPhase(plan.drainMs)
  }
  const onSnapshot = (snapshot: GeneratorSnapshot): void => emit({ type: 'progress', progress: watch.update(snapshot) })
  const result = await withFaults(faults, async () => {
    const onAbort = (): void => generator.stopPhase(INTERRUPTED_DRAIN_MS)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const running = generator.runPhase(plan, {
        onPrepared: () => watch.begin(),
        onSnapshot,
        onBeat: hasCosts || hasFaults ? onBeat : undefined,
      })
      // It may have been aborted before there was something to stop.
      if (signal.aborted) onAbort()
      return await Promise.race([running, target.died])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  })
  const sight = await watch.end(result)
  const run = measuredRun({
    ...sight,
    plan,
    placement,
    result,
    scenario,
    repetition,
    phase: phase.name,
    workers: target.workers,
    durationMs: result.sendingMs,
    faults: await faults.end(),
    steadyState: phase.measured ? sight.steadyState : null,
    isInterrupted: signal.aborted,
  })
  return { run, samples: sight.samples }
}

/** Whatever becomes of the phase, nothing stays wrong after it. */
async function withFaults<Result>(faults: FaultTimeline, run: () => Promise<Result>): Promise<Result> {
  try {
    await faults.prepare()
    return await run()
  } finally {
    // A fault that could not be switched is told by the next `end`; a failure of the phase itself comes first.
    await faults.end().catch(() => undefined)
  }
}

function setFaultOf({ setFault }: Target): NonNullable<Target['setFault']> {
  return (
    setFault ??
    (() => Promise.reject(new TargetError('the target has no simulated upstreams that faults could be set for')))
  )
}

/** It is there to warm the target up, for as long as that takes. */
function isWarmUp(phase: ScenarioPhase): boolean {
  return !phase.measured && phase.kind === 'closed' && phase.requests === undefined
}

function longestMs(durationMs: Milliseconds): Milliseconds {
  return Math.min(durationMs * LONGEST_WARM_UP.factor, durationMs + LONGEST_WARM_UP.moreMs)
}

/** The load is not meant to change during the phase. */
function isSteadyLoad(workload: Workload): boolean {
  return workload.kind === 'closed' || (workload.kind === 'open' && isConstant(workload.stretches))
}
