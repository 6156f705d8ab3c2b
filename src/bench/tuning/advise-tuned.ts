import type { Objective } from '../../core/objective.ts'
import { searchedWorkers } from '../../sizing/advice/searched-workers.ts'
import { recommend, type SizingAdvice } from '../../sizing/recommend.ts'
import type { SizingInput } from '../../sizing/sizing-input.ts'
import { sizingEvidence } from '../sizing-evidence.ts'
import { type Calibration, pointsOf } from './calibrate.ts'
import type { FoundCapacity } from './find-capacity.ts'
import type { Probing } from './probing.ts'
import type { FoundWorkers } from './search-workers.ts'
import { withSettings, workersChange } from './tuned-target.ts'

/** Nothing was found out that advice could rest on. */
export const NO_ADVICE: SizingAdvice = { recommendations: [], rulesOfThumb: [], whyNoWorkers: null }

/** What the parts of a search found. */
export interface TunedFigures {
  readonly calibration: Calibration
  /** Null when the count could not be varied. */
  readonly workers: FoundWorkers | null
  readonly loaded: FoundCapacity
  readonly objectives: readonly Objective[]
  /** The worker count as it stands. */
  readonly current: number | null
}

/** All settings: the worker count as searched, the others from the phases that ran with it. */
export function adviseTuned(
  probing: Probing,
  { calibration, workers, loaded, objectives, current }: TunedFigures,
): SizingAdvice {
  const { host, placement } = probing.machine
  const { options } = probing
  const chosen = workers?.settled.workers ?? current
  const measurements = {
    host,
    placement,
    origin: probing.origin,
    workers: chosen,
    outcomes: [loaded.saturated, loaded.steady],
    isInterrupted: false,
    failure: undefined,
  }
  const target = chosen === null ? options.target : withSettings(options.target, workersChange(chosen))
  const input: SizingInput = {
    ...sizingEvidence(measurements, { ...options, target }, objectives),
    ramp: { workers: calibration.workers ?? 1, points: pointsOf(calibration.ramp) },
  }
  return workers === null ? recommend(input) : recommend(input, searchedWorkers(input, workers, current))
}
