import type { Milliseconds } from '../../core/clock.ts'
import type { BenchEvent } from '../../core/events.ts'
import { DEFAULT_OBJECTIVES, parseObjective } from '../../core/objective.ts'
import type { TuningProbe } from '../../core/report.ts'
import type { SizingAdvice } from '../../sizing/recommend.ts'
import type { BenchOptions } from '../bench.ts'
import { onPlacedMachine, type PlacedMachine } from '../placed-machine.ts'
import { planRequests } from '../planned-requests.ts'
import type { PhaseOutcome } from '../run-phase.ts'
import { adviseTuned, NO_ADVICE } from './advise-tuned.ts'
import { type Calibration, calibrate, connectionsFor } from './calibrate.ts'
import { EFFORTS, type Effort, type EffortPlan } from './effort.ts'
import { findCapacity, type FoundCapacity } from './find-capacity.ts'
import { Interrupted, Probing, UntrustedProbe } from './probing.ts'
import { type FoundWorkers, searchWorkers } from './search-workers.ts'
import { currentWorkers, takesWorkers, withSettings, workersChange } from './tuned-target.ts'
import { keepCurrent, proposalOf } from './proposal.ts'
import { isHarmful, type Proposal, type Verification, verify } from './verify.ts'

/** What a search for settings is asked for. */
export interface TuneOptions {
  /** Target, requests and machine; the phases of the scenario are not run. */
  readonly bench: BenchOptions
  readonly effort: Effort
  /** As the user wrote them; none: the documents' own thresholds. */
  readonly objectives: readonly string[]
  /** Holds the recommended settings against the current ones. */
  readonly verifies: boolean
}

/** What was found until the end, the interruption or the failure. */
export interface Tuned extends Omit<PlacedMachine, 'quota'> {
  readonly origin: string
  readonly objectives: readonly string[]
  /** What the target has as it stands; null when nothing here decides on it. */
  readonly currentWorkers: number | null
  readonly probes: readonly TuningProbe[]
  /** Measured phases of all probes, in order of time. */
  readonly outcomes: readonly PhaseOutcome[]
  readonly workers: FoundWorkers | null
  readonly loaded: FoundCapacity | null
  readonly advice: SizingAdvice
  readonly verification: Verification | null
  readonly isInterrupted: boolean
  /** What ended it early; undefined when nothing did, or the signal, or figures that cannot be trusted. */
  readonly failure: unknown
  readonly tookMs: Milliseconds
}

/** What is filled in while everything goes on. */
interface Found {
  workers: FoundWorkers | null
  loaded: FoundCapacity | null
  advice: SizingAdvice
  verification: Verification | null
}

/**
 * Finds settings for the target on this machine: calibrates it with one worker, searches the worker count, then the highest
 * rate that keeps the objectives, works out the other settings, and holds all of them against what there is.
 *
 * What was found before an interruption or a failure is returned. Everything started here has ended then.
 *
 * @throws {UsageError} when an objective is none, or the target cannot be placed as asked
 * @throws {TargetError} when the target cannot be started or answers nothing, before anything was found
 */
export async function tune(
  options: TuneOptions,
  emit: (event: BenchEvent) => void,
  signal: AbortSignal,
): Promise<Tuned> {
  const objectives = options.objectives.length > 0 ? options.objectives : DEFAULT_OBJECTIVES
  planRequests(options.bench.scenario, process.env) // a variable that is not set must stop it before anything is started
  return onPlacedMachine(options.bench, emit, async (machine) => {
    const startedMs = performance.now()
    const probing = new Probing(options.bench, machine, { emit, signal })
    const current = currentWorkers(options.bench.target, machine.placement)
    const found: Found = { workers: null, loaded: null, advice: NO_ADVICE, verification: null }
    let failure: unknown
    try {
      await search(probing, { ...options, objectives }, current, found)
    } catch (error) {
      const isExpected = error instanceof Interrupted || error instanceof UntrustedProbe
      if (!isExpected && probing.outcomes.length === 0) throw error
      failure = isExpected ? undefined : error
    }
    return {
      host: machine.host,
      placement: machine.placement,
      origin: probing.origin,
      objectives,
      currentWorkers: current,
      probes: probing.probes,
      outcomes: probing.outcomes,
      ...found,
      isInterrupted: signal.aborted,
      failure,
      tookMs: performance.now() - startedMs,
    }
  })
}

async function search(probing: Probing, options: TuneOptions, current: number | null, found: Found): Promise<void> {
  const { target } = options.bench
  const plan = EFFORTS[options.effort]
  const isVaried = takesWorkers(target)
  const calibration = await calibrate(probing, plan, isVaried ? withSettings(target, workersChange(1)) : target)
  if (isVaried) found.workers = await searchWorkers(probing, plan, calibration)
  const workers = found.workers?.settled.workers ?? current
  const objectives = options.objectives.map(parseObjective)
  found.loaded = await findCapacity(probing, plan, {
    target: workers === null ? target : withSettings(target, workersChange(workers)),
    connections: connectionsFor(calibration, workers),
    objectives,
  })
  found.advice = adviseTuned(probing, {
    calibration,
    workers: found.workers,
    loaded: found.loaded,
    objectives,
    current,
  })
  found.verification = await verified(probing, plan, {
    options,
    calibration,
    advice: found.advice,
    workers: { recommended: workers, current },
  })
  if (found.verification !== null && isHarmful(found.verification)) found.advice = keepCurrent(found.advice)
}

interface Verified {
  readonly options: TuneOptions
  readonly calibration: Calibration
  readonly advice: SizingAdvice
  readonly workers: Proposal['workers']
}

async function verified(
  probing: Probing,
  plan: EffortPlan,
  { options, calibration, advice, workers }: Verified,
): Promise<Verification> {
  const nothing = { ratio: null, interval: null, pairs: 0 }
  const proposal = proposalOf(options.bench.target, workers, advice, plan.verifiesAll)
  if (Object.keys(proposal.changes).length === 0) {
    const why = plan.verifiesAll
      ? 'the recommended settings are the current ones, as far as they can be tried'
      : 'the worker count is the current one; a quick search does not try the other settings'
    return { outcome: 'same', ...nothing, why }
  }
  if (!options.verifies) return { outcome: 'skipped', ...nothing, why: 'it was not asked for' }
  try {
    return await verify(probing, plan, calibration, proposal)
  } catch (error) {
    if (!(error instanceof UntrustedProbe)) throw error
    return { outcome: 'inconclusive', ...nothing, why: 'the figures of a start could not be trusted, twice in a row' }
  }
}
