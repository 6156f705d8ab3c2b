import { TargetError } from '../../core/errors.ts'
import type { Run } from '../../core/report.ts'
import { meanInterval } from '../../stats/confidence.ts'
import { BOOTS_PER_COMPARISON, nextStep } from '../../sizing/worker-search/next-step.ts'
import type {
  SettledSearch,
  WorkerComparison,
  WorkerProbe,
  WorkerSearch,
} from '../../sizing/worker-search/worker-search.ts'
import { MOST_WORKERS } from '../../sizing/workers.ts'
import type { PhaseOutcome } from '../run-phase.ts'
import { memoryFigures, saturatedFigures } from '../sizing-evidence.ts'
import type { Calibration } from './calibrate.ts'
import type { EffortPlan } from './effort.ts'
import type { Probing } from './probing.ts'
import { saturate } from './saturate.ts'
import { workersChange } from './tuned-target.ts'

/** The count that was chosen. */
export interface FoundWorkers {
  readonly settled: SettledSearch
  /** What it rests on. */
  readonly search: WorkerSearch
}

/**
 * Searches for the smallest worker count that is as good as the best, beginning with the calibration at one worker.
 *
 * A count with which the target dies is too many, and so are all above it.
 *
 * @throws {TargetError} when the target does not heed the count
 * @throws {UntrustedProbe} when the figures of a count cannot be trusted
 */
export async function searchWorkers(
  probing: Probing,
  plan: EffortPlan,
  calibration: Calibration,
): Promise<FoundWorkers> {
  const { placement, host } = probing.machine
  const probes = [workerProbe(calibration.saturated)]
  const comparisons: WorkerComparison[] = []
  const boot = (purpose: 'search' | 'compare', workers: number, why: string): Promise<PhaseOutcome> => {
    const request = { purpose, side: null, why, changes: workersChange(workers), workers }
    return saturate(probing, plan, calibration, request)
  }
  let bootsLeft = plan.searchBoots - 1
  let tooMany: TooMany | undefined
  for (;;) {
    const machine = { cpus: placement.targetEffectiveCpus, memoryLimitBytes: host.memory.limitBytes }
    const mostWorkers = tooMany === undefined ? MOST_WORKERS : halfWay(probes, tooMany)
    const search = { ...machine, mostWorkers, probes, comparisons, bootsLeft }
    const step = nextStep(search)
    switch (step.kind) {
      case 'settled':
        return { settled: tooMany === undefined ? step : withDoubt(step, tooMany), search }
      case 'ignored':
        throw new TargetError(`the target does not heed its worker count: ${step.why}`, {
          hint: 'check that {workers} reaches it, in --cmd or --env, under the name that it reads',
        })
      case 'probe': {
        const outcome = await bootOrFailure(() => boot('search', step.workers, step.why))
        if (outcome instanceof TargetError) tooMany = { workers: step.workers, failure: outcome }
        else {
          probes.push(workerProbe(outcome))
          bootsLeft -= 1
        }
        break
      }
      case 'compare': {
        const [fewer, more] = step.workers
        const perS: number[] = []
        // What drifts meanwhile falls on both alike.
        for (const workers of [fewer, more, more, fewer]) {
          perS.push((await boot('compare', workers, step.why)).run.goodputPerS)
        }
        const [first = 0, second = 0, third = 0, fourth = 0] = perS
        comparisons.push({ workers: step.workers, ratios: [second / first, third / fourth] })
        bootsLeft -= BOOTS_PER_COMPARISON
      }
    }
  }
}

/** A worker count with which the target could not be started, or died. */
interface TooMany {
  readonly workers: number
  readonly failure: TargetError
}

/** The count to try at most: each try halves what lies between the largest count that ran and the smallest that did not. */
function halfWay(probes: readonly WorkerProbe[], tooMany: TooMany): number {
  const ran = Math.max(...probes.map(({ workers }) => workers))
  return ran + Math.floor((tooMany.workers - ran) / 2)
}

/** The target ran with one worker: what it dies of now is their number. */
async function bootOrFailure(boot: () => Promise<PhaseOutcome>): Promise<PhaseOutcome | TargetError> {
  try {
    return await boot()
  } catch (error) {
    if (error instanceof TargetError) return error
    throw error
  }
}

function withDoubt(settled: SettledSearch, { failure }: TooMany): SettledSearch {
  const [reason = ''] = failure.message.split(/; (?:it|the end of what it) printed|\n/)
  return { ...settled, doubts: [...settled.doubts, `no more could be tried: ${reason}`] }
}

/** What a phase at full load tells about the worker count that it ran with. */
function workerProbe(outcome: PhaseOutcome): WorkerProbe {
  const { run } = outcome
  const figures = saturatedFigures(run)
  const memory = memoryFigures(outcome)
  return {
    workers: run.workers ?? 1,
    throughputPerS: run.goodputPerS,
    standardError: standardErrorOf(run),
    cpuMsPerRequest: figures?.cpuMsPerRequest ?? null,
    busyLoopMsPerRequest: figures?.busyLoopMsPerRequest ?? null,
    cpus: run.targetUse?.cpus ?? null,
    processes: figures?.busyWorkers ?? null,
    workerBytes: memory?.workerBytes ?? null,
    primaryBytes: memory?.primaryBytes ?? 0,
  }
}

/** Of the mean over the whole seconds of a run; the last second is cut off somewhere. */
function standardErrorOf({ timeline }: Run): number | null {
  const perS = timeline.slice(0, -1).map(({ goodputPerS }) => goodputPerS)
  const interval = meanInterval(perS)
  if (interval === null) return null
  const { mean } = interval
  const variance = perS.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (perS.length - 1)
  return Math.sqrt(variance / perS.length)
}
