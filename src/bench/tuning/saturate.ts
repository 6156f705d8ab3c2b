import type { TuningProbe } from '../../core/report.ts'
import type { PhaseOutcome } from '../run-phase.ts'
import { type Calibration, connectionsFor } from './calibrate.ts'
import type { EffortPlan } from './effort.ts'
import { assertAnswered, closedPhase, type Probing, trusted, SATURATE } from './probing.ts'
import { type SettingChanges, withSettings } from './tuned-target.ts'

/** One boot of the target at full load. */
export interface SaturatingBoot extends Pick<TuningProbe, 'purpose' | 'side' | 'why'> {
  readonly changes: SettingChanges
  /** As far as it is known before the start. */
  readonly workers: number | null
}

/**
 * Starts the target and fills it; once more when the figures of the first time cannot be trusted.
 *
 * @throws {UntrustedProbe} when those of the second cannot either
 */
export async function saturate(
  probing: Probing,
  plan: EffortPlan,
  calibration: Calibration,
  { changes, workers, ...request }: SaturatingBoot,
): Promise<PhaseOutcome> {
  const target = withSettings(probing.options.target, changes)
  const connections = connectionsFor(calibration, workers)
  const outcome = await trusted(
    () =>
      probing.probe({ ...request, target }, async (boot) => {
        await boot.run(closedPhase('warm-up', connections, plan.warmUpMs, false))
        return boot.run(closedPhase(SATURATE, connections, plan.saturateMs))
      }),
    ({ run }) => run,
  )
  assertAnswered(outcome.run)
  return outcome
}
