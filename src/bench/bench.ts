import type { Milliseconds } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import type { BenchEvent } from '../core/events.ts'
import type { HostFacts, Placement } from '../core/host-facts.ts'
import type { Scenario } from '../core/scenario.ts'
import { type BootSurroundings, withBoot } from './boot.ts'
import { faultsOf } from './phases.ts'
import { onPlacedMachine } from './placed-machine.ts'
import { planRequests } from './planned-requests.ts'
import type { PhaseOutcome } from './run-phase.ts'
import type { TargetOptions } from './target.ts'

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
  return onPlacedMachine(options, emit, async (machine) => {
    const found: Found = { origin: '', workers: null, outcomes: [] }
    let failure: unknown
    try {
      emit(planned(options.scenario))
      for (let repetition = 1; repetition <= options.repeat && !signal.aborted; repetition++) {
        await measureOnce(repetition, options, { ...machine, emit, signal }, found)
      }
    } catch (error) {
      if (found.outcomes.length === 0 && !signal.aborted) throw error
      failure = signal.aborted ? undefined : error
    }
    const { host, placement } = machine
    return { host, placement, ...found, isInterrupted: signal.aborted, failure }
  })
}

function planned({ name, phases }: Scenario): BenchEvent {
  return {
    type: 'run-planned',
    scenario: name,
    phases: phases.map((phase) => ({ name: phase.name, durationMs: phase.duration, isMeasured: phase.measured })),
  }
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

/** One repetition: starts target and generator, runs the phases, and ends both whatever happens. */
async function measureOnce(
  repetition: number,
  options: BenchOptions,
  surroundings: BootSurroundings,
  found: Found,
): Promise<void> {
  const { phases } = options.scenario
  const seed = options.seed + (repetition - 1) * phases.length
  await withBoot(options, { repetition, seed }, surroundings, async ({ target, run }) => {
    found.origin = target.origin
    found.workers = target.workers
    for (const phase of phases) {
      if (surroundings.signal.aborted) return
      const outcome = await run(phase)
      if (phase.measured) found.outcomes.push(outcome)
    }
  })
}
