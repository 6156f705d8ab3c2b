import type { BenchEvent } from '../core/events.ts'
import { WHOLE } from '../core/generator-messages.ts'
import type { Run } from '../core/report.ts'
import type { ScenarioPhase } from '../core/scenario.ts'
import { startGenerators } from '../load/generators.ts'
import type { BenchOptions } from './bench.ts'
import { workloadOf } from './phases.ts'
import type { PlacedMachine } from './placed-machine.ts'
import { planRequests } from './planned-requests.ts'
import { DRAIN_MS, type PhaseOutcome, runPhase } from './run-phase.ts'
import { describeTarget, openTarget, type Target } from './target.ts'

/** What boots share, and who hears of them. */
export interface BootSurroundings extends PlacedMachine {
  readonly emit: (event: BenchEvent) => void
  readonly signal: AbortSignal
}

/** A target and generators that were started together. */
export interface Boot {
  readonly target: Pick<Target, 'origin' | 'workers' | 'printed'>
  /**
   * Runs one phase; rates such as `60% of saturate` refer to the phases of this boot.
   *
   * @throws {TargetError} when the target ends by itself
   */
  readonly run: (phase: ScenarioPhase) => Promise<PhaseOutcome>
}

/** Which of several boots it is. */
export interface BootNumber {
  /** From 1. */
  readonly repetition: number
  /** Of its first phase; each further one has the next. */
  readonly seed: number
}

/**
 * Starts target and generators, lets `use` run phases on them one after the other, and ends both whatever happens.
 *
 * @throws {TargetError} when the target cannot be started or reached, or ends by itself
 */
export async function withBoot<Result>(
  options: BenchOptions,
  { repetition, seed }: BootNumber,
  surroundings: BootSurroundings,
  use: (boot: Boot) => Promise<Result>,
): Promise<Result> {
  const { placement, quota, emit, signal } = surroundings
  const startedMs = performance.now()
  emit({ type: 'target-starting', description: describeTarget(options.target) })
  const [targetStart, generatorStart] = await Promise.allSettled([
    openTarget(options.target, { placement, seed: options.seed, signal, onParent: quota?.add }),
    startGenerators({ cpus: placement.generatorCpus, processes: options.generators }),
  ])
  try {
    if (targetStart.status === 'rejected') throw targetStart.reason
    if (generatorStart.status === 'rejected') throw generatorStart.reason
    const [target, generator] = [targetStart.value, generatorStart.value]
    emit({ type: 'target-ready', url: target.origin, workers: target.workers, tookMs: performance.now() - startedMs })
    const around = { ...surroundings, scenario: options.scenario.name, repetition, target, generator }
    const earlier = new Map<string, Run>()
    let phaseSeed = seed
    return await use({
      target,
      run: async (phase) => {
        const plan = planOf(phase, options, { target, earlier, maySpin: placement.generatorMaySpin, seed: phaseSeed++ })
        const outcome = await runPhase(phase, plan, around)
        earlier.set(phase.name, outcome.run)
        emit({ type: 'phase-ended', phase: phase.name, run: phase.measured ? outcome.run : null })
        return outcome
      },
    })
  } finally {
    await Promise.allSettled([
      targetStart.status === 'fulfilled' ? targetStart.value.stop() : undefined,
      generatorStart.status === 'fulfilled' ? generatorStart.value.close() : undefined,
    ])
  }
}

interface PlanInputs {
  readonly target: Target
  readonly earlier: ReadonlyMap<string, Run>
  readonly maySpin: boolean
  /** Each phase has its own: a target that knows the requests of the warm-up would answer from its cache. */
  readonly seed: number
}

function planOf(
  phase: ScenarioPhase,
  options: BenchOptions,
  { target, earlier, maySpin, seed }: PlanInputs,
): Parameters<typeof runPhase>[1] {
  return {
    origin: target.origin,
    requests: planRequests(options.scenario, process.env),
    data: options.scenario.data,
    module: options.scenario.module,
    share: WHOLE,
    workload: workloadOf(phase, earlier, { clients: options.scenario.clients, workers: target.workers }),
    durationMs: phase.duration,
    drainMs: Math.min(DRAIN_MS, options.timeoutMs),
    timeoutMs: options.timeoutMs,
    seed,
    insecure: options.target.kind === 'url' && options.target.insecure,
    maySpin,
  }
}
