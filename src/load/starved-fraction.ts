import type { Milliseconds } from '../core/clock.ts'
import type { TargetUse } from '../core/report.ts'

/** Processes that use less of a CPU only stand by: a primary, a shell. */
export const BUSY_CPUS = 0.02
/** A target that uses more of what it may have waits for itself. */
const USED_UP_FRACTION = 0.95

/**
 * The share of time in which the main thread of the worst-off process of the target was ready to run but had no CPU, because
 * something else had taken it.
 *
 * @param durationMs of the time that `use` covers, above 0
 * @param effectiveCpus that the target may use
 * @returns 0..1; 0 where the target itself explains the wait, having used up its CPUs or having more busy processes than
 *   CPUs; null where the system does not count the wait
 */
export function starvedFraction(
  use: Pick<TargetUse, 'cpus' | 'workers'>,
  durationMs: Milliseconds,
  effectiveCpus: number,
): number | null {
  const busy = use.workers.filter(({ cpuMs }) => cpuMs > BUSY_CPUS * durationMs)
  const delaysMs = busy.flatMap(({ runQueueDelayMs }) => runQueueDelayMs ?? [])
  if (delaysMs.length < busy.length) return null
  if (use.cpus >= USED_UP_FRACTION * effectiveCpus || busy.length > Math.max(1, effectiveCpus)) return 0
  return Math.min(1, Math.max(0, ...delaysMs) / durationMs)
}
