import type { Milliseconds } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import type { BenchEvent } from '../core/events.ts'
import { WHOLE } from '../core/generator-messages.ts'
import type { HostFacts, Placement } from '../core/host-facts.ts'
import type { Run } from '../core/report.ts'
import type { Scenario } from '../core/scenario.ts'
import { detectHost } from '../host/detect.ts'
import { pinSelf } from '../host/pinned-process.ts'
import { canPin, planPlacement } from '../host/placement.ts'
import { type CpuQuota, createCpuQuota } from '../host/quota.ts'
import { startGenerators } from '../load/generators.ts'
import { faultsOf, workloadOf } from './phases.ts'
import { planRequests } from './planned-requests.ts'
import { DRAIN_MS, type PhaseOutcome, type PhaseSurroundings, runPhase } from './run-phase.ts'
import { describeTarget, openTarget, type TargetOptions } from './target.ts'

/** Everything that one invocation measures, resolved from flags, files and defaults. */
export interface BenchOptions {
  readonly scenario: Scenario
  readonly target: TargetOptions
  readonly placement: Placement['mode'] | 'auto'
  /** CPUs to use at most, whatever was detected. */
  readonly cpusOverride: number | undefined
  /** Processes that send the load, at least 1. */
  readonly generators: number
  /** How often everything is measured, each time with freshly started processes. */
  readonly repeat: number
  readonly timeoutMs: Milliseconds
  readonly seed: number
}

/** What was measured until the end, the interruption or the failure. */
export interface Measurements {
  readonly host: HostFacts
  readonly placement: Placement
  readonly origin: string
  readonly workers: number | null
  /** Measured phases only, in order of time. */
  readonly outcomes: readonly PhaseOutcome[]
  /** The signal ended it early. */
  readonly isInterrupted: boolean
  /** What ended it early; undefined when nothing did, or the signal. */
  readonly failure: unknown
}

/**
 * Starts the target and a generator, places both, and runs every phase of the scenario, `repeat` times.
 *
 * When `signal` aborts, the running phase is cut short and kept; phases that have not begun are left out. A failure after
 * the first measured phase is returned beside what was measured, not thrown. Everything started here has ended when the
 * promise settles.
 *
 * @throws {UsageError} when the scenario has faults, and the target no simulated upstreams
 * @throws {ScenarioError} when the scenario names an environment variable that is not set
 * @throws {TargetError} when the target cannot be started or reached, or no CPU quota be created
 */
export async function measure(
  options: BenchOptions,
  emit: (event: BenchEvent) => void,
  signal: AbortSignal,
): Promise<Measurements> {
  assertFaultsApply(options)
  planRequests(options.scenario, process.env) // a variable that is not set must stop it before anything is started
  const isQuota = options.placement === 'quota'
  const host = detectHost(options.cpusOverride === undefined || isQuota ? {} : { cpusOverride: options.cpusOverride })
  const placement = planPlacement(host, options.placement, {
    simulators: options.target.kind === 'bundled',
    targetIsOurs: options.target.kind !== 'url',
    canPin: canPin(),
    quotaCpus: options.cpusOverride,
  })
  const quota = isQuota ? createCpuQuota(placement.targetEffectiveCpus) : undefined
  const found: Found = { origin: '', workers: null, outcomes: [] }
  let unpin: (() => Promise<void>) | undefined
  let failure: unknown
  try {
    if (placement.generatorCpus.length > 0) unpin = await pinSelf(placement.generatorCpus)
    emit({ type: 'detected', host, placement })
    emit({
      type: 'run-planned',
      scenario: options.scenario.name,
      phases: options.scenario.phases.map(({ name, duration, measured }) => ({
        name,
        durationMs: duration,
        isMeasured: measured,
      })),
    })
    for (let repetition = 1; repetition <= options.repeat && !signal.aborted; repetition++) {
      await measureOnce(repetition, options, { placement, quota, emit, signal }, found)
    }
  } catch (error) {
    if (found.outcomes.length === 0 && !signal.aborted) throw error
    failure = signal.aborted ? undefined : error
  } finally {
    emit({ type: 'finished' })
    await quota?.remove()
    await unpin?.()
  }
  return { host, placement, ...found, isInterrupted: signal.aborted, failure }
}

function assertFaultsApply({ scenario, target }: BenchOptions): void {
  const phase = scenario.phases.find((one) => faultsOf(one).length > 0)
  if (phase === undefined) return
  const what = `phase "${phase.name}" of scenario "${scenario.name}" has faults, which only simulated upstreams can have`
  if (target.kind !== 'bundled') {
    throw new UsageError(`${what}, and this target is not the bundled server`, {
      hint: 'leave out --url and --cmd, or take a scenario without faults',
    })
  }
  const upstreams = target.settings.get('UPSTREAMS')?.value
  if (Array.isArray(upstreams) && upstreams.length > 0) {
    throw new UsageError(`${what}, and UPSTREAMS names real ones`, { hint: 'leave UPSTREAMS empty for this scenario' })
  }
}

/** What is filled in while everything goes on. */
interface Found {
  origin: string
  workers: number | null
  readonly outcomes: PhaseOutcome[]
}

/** What all repetitions share. */
interface Surroundings extends Pick<PhaseSurroundings, 'placement' | 'emit' | 'signal'> {
  readonly quota: CpuQuota | undefined
}

/** One repetition: starts target and generator, runs the phases, and ends both whatever happens. */
async function measureOnce(
  repetition: number,
  options: BenchOptions,
  surroundings: Surroundings,
  found: Found,
): Promise<void> {
  const { placement, quota, emit, signal } = surroundings
  const startedMs = performance.now()
  emit({
    type: 'target-starting',
    description: describeTarget(options.target),
  })
  const [targetStart, generatorStart] = await Promise.allSettled([
    openTarget(options.target, { placement, seed: options.seed, signal, onParent: quota?.add }),
    startGenerators({ cpus: placement.generatorCpus, processes: options.generators }),
  ])
  try {
    if (targetStart.status === 'rejected') throw targetStart.reason
    if (generatorStart.status === 'rejected') throw generatorStart.reason
    const [target, generator] = [targetStart.value, generatorStart.value]
    found.origin = target.origin
    found.workers = target.workers
    emit({ type: 'target-ready', url: target.origin, workers: target.workers, tookMs: performance.now() - startedMs })
    const scenario = options.scenario.name
    await runPhases(options, { ...surroundings, scenario, repetition, target, generator }, found)
  } finally {
    await Promise.allSettled([
      targetStart.status === 'fulfilled' ? targetStart.value.stop() : undefined,
      generatorStart.status === 'fulfilled' ? generatorStart.value.close() : undefined,
    ])
  }
}

async function runPhases(options: BenchOptions, surroundings: PhaseSurroundings, found: Found): Promise<void> {
  const { target, placement, repetition, emit, signal } = surroundings
  const earlier = new Map<string, Run>()
  const { phases } = options.scenario
  for (const [index, phase] of phases.entries()) {
    if (signal.aborted) return
    const plan = {
      origin: target.origin,
      requests: planRequests(options.scenario, process.env),
      data: options.scenario.data,
      module: options.scenario.module,
      share: WHOLE,
      workload: workloadOf(phase, earlier, { clients: options.scenario.clients, workers: target.workers }),
      durationMs: phase.duration,
      drainMs: Math.min(DRAIN_MS, options.timeoutMs),
      timeoutMs: options.timeoutMs,
      // Each phase has its own, measured or not: a target that knows the requests of the warm-up would answer from its cache.
      seed: options.seed + (repetition - 1) * phases.length + index,
      insecure: options.target.kind === 'url' && options.target.insecure,
      maySpin: placement.generatorMaySpin,
    }
    const outcome = await runPhase(phase, plan, surroundings)
    earlier.set(phase.name, outcome.run)
    if (phase.measured) found.outcomes.push(outcome)
    emit({ type: 'phase-ended', phase: phase.name, run: phase.measured ? outcome.run : null })
  }
}
