import type { WorkerSearch } from './worker-search.ts'

/** Throughputs this close are the same as far as single boots can tell: a second worker that works adds far more. */
const SAME_THROUGHPUT = 0.1

/** CPUs that are this full could not serve more, however many workers there are. */
const FULL = 0.85

/**
 * Why the target seems not to heed the worker count, for a reader; null when it does, or when nobody can tell.
 *
 * Two counts with the same processes are a sign only when throughput is the same too: a count may be one of threads. And they
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
      probe.processes === calibration.processes &&
      Math.abs(probe.throughputPerS / calibration.throughputPerS - 1) <= SAME_THROUGHPUT,
  )
  if (others.length === 0 || !isSame) return null
  const counts = others.map((probe) => probe.workers).join(' and ')
  const processes = calibration.processes === 1 ? '1 process' : `${calibration.processes} processes`
  return `with 1 and with ${counts} workers the same ${processes} served the same number of requests`
}
