import type { Milliseconds } from '../core/clock.ts'
import type { BenchEvent } from '../core/events.ts'
import { WHOLE } from '../core/generator-messages.ts'
import type { HostFacts, Placement } from '../core/host-facts.ts'
import type { Run } from '../core/report.ts'
import type { Scenario } from '../core/scenario.ts'
import { detectHost } from '../host/detect.ts'
import { pinSelf } from '../host/pinned-process.ts'
import { canPin, planPlacement } from '../host/placement.ts'
import { startGenerator } from '../load/generator-client.ts'
import { planRequests, workloadOf } from './phases.ts'
import { DRAIN_MS, type PhaseOutcome, type PhaseSurroundings, runPhase } from './run-phase.ts'
import { openTarget, type TargetOptions } from './target.ts'

/** Everything that one invocation measures, resolved from flags, files and defaults. */
export interface BenchOptions {
  readonly scenario: Scenario
  readonly target: TargetOptions
  readonly placement: Placement['mode'] | 'auto'
  /** CPUs to use at most, whatever was detected. */
  readonly cpusOverride: number | undefined
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
 * @throws {TargetError} when the target cannot be started or reached
 */
export async function measure(
  options: BenchOptions,
  emit: (event: BenchEvent) => void,
  signal: AbortSignal,
): Promise<Measurements> {
  const host = detectHost(options.cpusOverride === undefined ? {} : { cpusOverride: options.cpusOverride })
  const isBundled = options.target.kind === 'bundled'
  const placement = planPlacement(host, options.placement, {
    simulators: isBundled,
    targetIsOurs: isBundled,
    canPin: canPin(),
  })
  const unpin = placement.generatorCpus.length > 0 ? await pinSelf(placement.generatorCpus) : undefined
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
  const found: Found = { origin: '', workers: null, outcomes: [] }
  let failure: unknown
  try {
    for (let repetition = 1; repetition <= options.repeat && !signal.aborted; repetition++) {
      await measureOnce(repetition, options, { placement, emit, signal }, found)
    }
  } catch (error) {
    if (found.outcomes.length === 0 && !signal.aborted) throw error
    failure = signal.aborted ? undefined : error
  } finally {
    await unpin?.()
  }
  return { host, placement, ...found, isInterrupted: signal.aborted, failure }
}

/** What is filled in while everything goes on. */
interface Found {
  origin: string
  workers: number | null
  readonly outcomes: PhaseOutcome[]
}

/** What all repetitions share. */
type Surroundings = Pick<PhaseSurroundings, 'placement' | 'emit' | 'signal'>

/** One repetition: starts target and generator, runs the phases, and ends both whatever happens. */
async function measureOnce(
  repetition: number,
  options: BenchOptions,
  surroundings: Surroundings,
  found: Found,
): Promise<void> {
  const { placement, emit } = surroundings
  const startedMs = performance.now()
  emit({
    type: 'target-starting',
    description: options.target.kind === 'url' ? options.target.url.href : 'the bundled server',
  })
  const [targetStart, generatorStart] = await Promise.allSettled([
    openTarget(options.target, { placement, seed: options.seed }),
    startGenerator({ cpus: placement.generatorCpus }),
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
  const { target, placement, emit, signal } = surroundings
  const earlier = new Map<string, Run>()
  for (const phase of options.scenario.phases) {
    if (signal.aborted) return
    const plan = {
      origin: target.origin,
      requests: planRequests(options.scenario),
      data: {},
      share: WHOLE,
      workload: workloadOf(phase, earlier),
      durationMs: phase.duration,
      drainMs: Math.min(DRAIN_MS, options.timeoutMs),
      timeoutMs: options.timeoutMs,
      seed: options.seed + found.outcomes.length,
      insecure: options.target.kind === 'url' && options.target.insecure,
      maySpin: placement.generatorMaySpin,
    }
    const outcome = await runPhase(phase, plan, surroundings)
    earlier.set(phase.name, outcome.run)
    if (phase.measured) found.outcomes.push(outcome)
    emit({ type: 'phase-ended', phase: phase.name, run: phase.measured ? outcome.run : null })
  }
}
