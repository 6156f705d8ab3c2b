import type { WorkerSearch } from './worker-search.ts'

/** As far as single boots can tell this is no more than with one worker: a second one that works adds far more. */
const NO_MORE = 1.1

/** CPUs that are this full could not serve more, however many workers there are. */
const FULL = 0.85

/**
 * Why the target seems not to heed the worker count, for a reader; null when it does, or when nobody can tell.
 *
 * Two counts with the same processes are a sign only when throughput is no higher: a count may be one of threads. And they
 * are none when a single worker already fills the CPUs.
 */
export function whyIgnored({ cpus, probes }: WorkerSearch): string | null {
  const [calibration] = probes
  if (calibration === undefined || calibration.processes === null) return null
  const utilization = (calibration.cpus ?? 0) / cpus
  if (utilization >= FULL) return null
  const others = probes.filter((probe) => probe.workers !== calibration.workers)
  const isSame = others.every(
    (probe) =>
      probe.processes === calibration.processes && probe.throughputPerS <= NO_MORE * calibration.throughputPerS,
  )
  if (others.length === 0 || !isSame) return null
  const counts = others.map((probe) => probe.workers).join(' and ')
  const processes = calibration.processes === 1 ? '1 process' : `${calibration.processes} processes`
  return `with 1 and with ${counts} workers the same ${processes} served no more requests`
}
