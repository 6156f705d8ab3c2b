import type { Milliseconds } from '../../core/clock.ts'
import { TargetError } from '../../core/errors.ts'
import type { BenchEvent } from '../../core/events.ts'
import type { Run, TuningProbe } from '../../core/report.ts'
import type { ScenarioPhase } from '../../core/scenario.ts'
import type { BenchOptions } from '../bench.ts'
import { type Boot, type BootSurroundings, withBoot } from '../boot.ts'
import type { PlacedMachine } from '../placed-machine.ts'
import type { PhaseOutcome } from '../run-phase.ts'
import type { TargetOptions } from '../target.ts'
import { currentWorkers } from './tuned-target.ts'

/** What one boot is for. */
export interface ProbeRequest extends Pick<TuningProbe, 'purpose' | 'side' | 'why'> {
  readonly target: TargetOptions
}

/** Phases of one boot of the target, run one by one. */
export interface ProbeBoot {
  readonly workers: number | null
  readonly run: (phase: ScenarioPhase) => Promise<PhaseOutcome>
}

/** The user stopped the search. */
export class Interrupted extends Error {}

/** What a probe found is invalid again and again; the record says why. */
export class UntrustedProbe extends Error {}

/** The phase of a boot that fills the target. */
export const SATURATE = 'saturate'

/** Seeds of phases of different boots lie this far apart. */
const SEEDS_PER_BOOT = 1_000

/** What is known of a boot. */
interface Found {
  workers: number | null
  readonly outcomes: PhaseOutcome[]
  printed: Boot['target']['printed']
}

/** Starts the target for one probe after the other, and keeps a record of all that was measured. */
export class Probing {
  readonly options: BenchOptions
  readonly machine: PlacedMachine
  readonly #surroundings: BootSurroundings
  readonly #probes: TuningProbe[] = []
  readonly #outcomes: PhaseOutcome[] = []
  #origin = ''

  constructor(
    options: BenchOptions,
    machine: PlacedMachine,
    around: { readonly emit: (event: BenchEvent) => void; readonly signal: AbortSignal },
  ) {
    this.options = options
    this.machine = machine
    this.#surroundings = { ...machine, ...around }
  }

  /** In order of time. */
  get probes(): readonly TuningProbe[] {
    return this.#probes
  }

  /** Measured phases of all boots; where a probe says it has its runs. */
  get outcomes(): readonly PhaseOutcome[] {
    return this.#outcomes
  }

  /** Scheme, host and port of the last boot. */
  get origin(): string {
    return this.#origin
  }

  /**
   * Starts the target, lets `use` run phases on it, and ends it. What was measured is kept whatever happens.
   *
   * @throws {TargetError} when the target cannot be started or dies; it says with how many workers
   * @throws {Interrupted} when the user stopped it
   */
  async probe<Result>(request: ProbeRequest, use: (boot: ProbeBoot) => Promise<Result>): Promise<Result> {
    const { emit, signal } = this.#surroundings
    const repetition = this.#probes.length + 1
    const seed = this.options.seed + (repetition - 1) * SEEDS_PER_BOOT
    emit({ type: 'probe-started', number: repetition, why: request.why })
    const workers = currentWorkers(request.target, this.machine.placement)
    const found: Found = { workers, outcomes: [], printed: undefined }
    try {
      return await withBoot(
        { ...this.options, target: request.target },
        { repetition, seed },
        this.#surroundings,
        async (boot) => {
          this.#origin = boot.target.origin
          found.workers = boot.target.workers
          found.printed = boot.target.printed
          return use({
            workers: boot.target.workers,
            run: async (phase) => {
              if (signal.aborted) throw new Interrupted()
              const outcome = await boot.run(phase)
              if (phase.measured) found.outcomes.push(outcome)
              if (signal.aborted) throw new Interrupted()
              return outcome
            },
          })
        },
      )
    } catch (error) {
      throw signal.aborted ? new Interrupted() : await explained(error, found)
    } finally {
      this.#keep(request, found)
    }
  }

  #keep({ purpose, side, why }: ProbeRequest, { workers, outcomes }: Found): void {
    const first = this.#outcomes.length
    this.#outcomes.push(...outcomes)
    const saturated = outcomes.findLast(({ run }) => run.phase === SATURATE)?.run
    const use = saturated?.targetUse ?? null
    this.#probes.push({
      purpose,
      side,
      workers,
      runs: outcomes.map((_, index) => first + index),
      throughputPerS: saturated?.goodputPerS ?? null,
      cpuMsPerRequest: use?.cpuMsPerRequest ?? null,
      cpuUtilization: use === null ? null : use.cpus / this.machine.placement.targetEffectiveCpus,
      isUsed: saturated !== undefined && saturated.validity.verdict !== 'invalid',
      why,
    })
  }
}

/** A disturbance seldom lasts; what is invalid twice in a row is no accident. */
const MOST_TRIES = 2

/**
 * Measures until the run can be trusted, twice at most.
 *
 * @throws {UntrustedProbe} when it cannot
 */
export async function trusted<Result>(measure: () => Promise<Result>, runOf: (result: Result) => Run): Promise<Result> {
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const result = await measure()
    if (runOf(result).validity.verdict !== 'invalid') return result
  }
  throw new UntrustedProbe()
}

/** A phase over connections that always wait for an answer. */
export function closedPhase(name: string, connections: number, duration: Milliseconds, measured = true): ScenarioPhase {
  return { name, kind: 'closed', connections, duration, measured }
}

/** An open phase with random arrivals, as independent clients send. */
export function openPhase(name: string, ratePerS: number, duration: Milliseconds, measured = true): ScenarioPhase {
  return { name, kind: 'open', rate: { kind: 'absolute', ratePerS }, arrivals: 'poisson', duration, measured }
}

/** Requests were sent, and none was answered well. */
class UnansweredError extends TargetError {}

/**
 * Makes sure that there is something to go on.
 *
 * @throws {TargetError} when requests were sent and none was answered well
 */
export function assertAnswered({ requests, errors, statusCodes }: Run): void {
  if (requests.good > 0 || requests.sent === 0) return
  const causes = [
    ...Object.entries(statusCodes).map(([code, count]) => `status ${code}: ${count}`),
    ...Object.entries(errors).map(([error, count]) => `${error}: ${count}`),
  ]
  throw new UnansweredError(`not one of ${requests.sent} requests was answered well (${causes.join(', ')})`, {
    hint: 'send one by hand, or look at what comes back with: npx tune bench -c 1 -d 2s',
  })
}

/** The error of a boot that has ended, with what the reader must know to look into it. */
async function explained(error: unknown, { workers, printed }: Found): Promise<unknown> {
  if (!(error instanceof TargetError)) return error
  const count = workers === null ? '' : `with ${workers} ${workers === 1 ? 'worker' : 'workers'}: `
  const words = error instanceof UnansweredError ? ((await printed?.()) ?? '') : ''
  return new TargetError(count + error.message + words, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  })
}
