import type { Milliseconds } from '../core/clock.ts'
import { TargetError } from '../core/errors.ts'
import type { BenchEvent } from '../core/events.ts'
import type { GeneratorBeat, GeneratorPlan, GeneratorSnapshot } from '../core/generator-messages.ts'
import type { Placement } from '../core/host-facts.ts'
import { isConstant } from '../core/rate-profile.ts'
import type { Run } from '../core/report.ts'
import type { ScenarioPhase } from '../core/scenario.ts'
import type { Workload } from '../core/workload.ts'
import { interferenceBetween, sampleInterference } from '../host/interference.ts'
import { neighboursBetween, sampleNeighbours } from '../host/neighbours.ts'
import { systemClock } from '../host/system-clock.ts'
import type { Generator } from '../load/generators.ts'
import { steadyStateOf, warmUpIsOver } from '../stats/steady-state.ts'
import { CostSeries } from './cost-series.ts'
import { FaultTimeline } from './fault-timeline.ts'
import { LiveFigures } from './live-figures.ts'
import { measuredRun } from './measured-run.ts'
import { describeWorkload, faultsOf } from './phases.ts'
import type { Target } from './target.ts'
import { cpuMsByProcess, sampleTarget, type TargetSample } from './target-use.ts'

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
 * measured goes on until the CPU time per request has settled, for at most three times its duration and 10 s more.
 *
 * @throws {TargetError} when the target ends by itself, or a fault cannot be switched
 */
export async function runPhase(
  phase: ScenarioPhase,
  planned: GeneratorPlan,
  surroundings: PhaseSurroundings,
): Promise<PhaseOutcome> {
  const { target, generator, emit, signal, placement, scenario, repetition } = surroundings
  emit({ type: 'phase-started', phase: phase.name, description: describeWorkload(planned.workload) })
  const faults = new FaultTimeline(faultsOf(phase), setFaultOf(target), systemClock)
  const warmUpMs = mayBeProlonged(phase, target) ? planned.durationMs : undefined
  const plan = warmUpMs === undefined ? planned : { ...planned, durationMs: longestMs(warmUpMs) }
  const live = new LiveFigures(phase.name, plan, target, planned.durationMs)
  const before = await sampleTarget(target)
  const cpus = [...placement.targetCpus, ...placement.generatorCpus]
  const machineBefore = { interference: sampleInterference(), neighbours: sampleNeighbours(target.pids, { cpus }) }
  const startedAt = new Date().toISOString()
  const costs = new CostSeries(() => totalCpuMs(target))
  let isWarm = false
  const onBeat = (beat: GeneratorBeat): void => {
    faults.begin(systemClock.now() - beat.elapsedMs)
    if (beat.elapsedMs <= plan.durationMs && isSteadyLoad(phase, plan.workload)) costs.add(beat)
    if (warmUpMs === undefined || isWarm || beat.elapsedMs < warmUpMs) return
    isWarm = warmUpIsOver({ completed: costs.completed, series: costs.values })
    if (isWarm) generator.stopPhase(plan.drainMs)
  }
  const onSnapshot = (snapshot: GeneratorSnapshot): void => emit({ type: 'progress', progress: live.update(snapshot) })
  const result = await withFaults(faults, async () => {
    const onAbort = (): void => generator.stopPhase(INTERRUPTED_DRAIN_MS)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const running = generator.runPhase(plan, { onSnapshot, onBeat })
      // It may have been aborted while the accounts were read.
      if (signal.aborted) onAbort()
      return await Promise.race([running, target.died])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  })
  const timeline = await live.finish(result)
  const after = await sampleTarget(target)
  const run = measuredRun({
    plan,
    placement,
    result,
    scenario,
    repetition,
    startedAt,
    timeline,
    phase: phase.name,
    workers: target.workers,
    durationMs: result.sendingMs,
    samples: { before, after },
    interference: interferenceBetween(machineBefore.interference, sampleInterference()),
    neighbours: neighboursBetween(machineBefore.neighbours, sampleNeighbours(target.pids, { cpus })),
    faults: await faults.end(),
    steadyState: phase.measured ? steadyStateOf(costs.values) : null,
    isInterrupted: signal.aborted,
  })
  return { run, samples: { before, after } }
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

/** Only where a settled CPU time per request can be seen. */
function mayBeProlonged(phase: ScenarioPhase, target: Target): boolean {
  return !phase.measured && phase.kind === 'closed' && phase.requests === undefined && target.pids().length > 0
}

function longestMs(durationMs: Milliseconds): Milliseconds {
  return Math.min(durationMs * LONGEST_WARM_UP.factor, durationMs + LONGEST_WARM_UP.moreMs)
}

/** Neither the load nor the target is meant to change during the phase. */
function isSteadyLoad(phase: ScenarioPhase, workload: Workload): boolean {
  if (faultsOf(phase).length > 0) return false
  return workload.kind === 'closed' || (workload.kind === 'open' && isConstant(workload.stretches))
}

function totalCpuMs(target: Target): Milliseconds | null {
  const cpuMs = cpuMsByProcess(target)
  return cpuMs.size === 0 ? null : [...cpuMs.values()].reduce((sum, ms) => sum + ms, 0)
}
