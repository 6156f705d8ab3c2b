import type { Milliseconds } from '../core/clock.ts'
import { WAIT_BOUNDS_MS } from '../resilience/wait-counts.ts'
import { inFlight } from './littles-law.ts'
import { waitQuantileMs } from './queueing.ts'

/** Of the calls, how many may wait longer than the target: one in a hundred. */
const WAIT_QUANTILE = 0.99

/**
 * The smallest pool in which 99 of 100 calls wait no longer than `maxWaitMs` for a connection.
 *
 * @param callsPerS of one process: pools are per process, and splitting one costs connections
 * @param holdMs how long a call keeps its connection, on average
 * @returns connections of one process; more than the load offered to them, and at least 1
 */
export function poolSize(callsPerS: number, holdMs: Milliseconds, maxWaitMs: Milliseconds): number {
  const offeredLoad = inFlight(callsPerS, holdMs)
  let connections = Math.floor(offeredLoad) + 1
  while (waitQuantileMs(connections, offeredLoad, holdMs, WAIT_QUANTILE) > maxWaitMs) connections++
  return connections
}

/**
 * Connections worth keeping open: those busy on average, and one standard deviation of a Poisson number of them.
 *
 * @param offeredLoad connections that are busy on average, in one process
 * @returns whole, at least 1
 * @see Whitt 1992, "Understanding the Efficiency of Multi-Server Service Systems" (square-root staffing)
 */
export function keptConnections(offeredLoad: number): number {
  return Math.max(1, Math.ceil(offeredLoad + Math.sqrt(offeredLoad)))
}

/**
 * The p99 of the wait for a connection as it was counted, among all who asked for one.
 *
 * @param uses all of them; who did not wait is not in `waitCounts`
 * @param waitCounts by the classes of WAIT_BOUNDS_MS
 * @returns the upper end of its class: 0 when fewer than one in a hundred waited, infinite beyond all bounds
 */
export function countedWaitMs(uses: number, waitCounts: readonly number[]): Milliseconds {
  return countedQuantileMs(uses, waitCounts, WAIT_QUANTILE)
}

/**
 * A quantile of times that were counted in classes.
 *
 * @param total of them; those of 0 need not be among the counts
 * @param counts by the classes of WAIT_BOUNDS_MS
 * @param quantile in (0, 1)
 * @returns the upper end of its class: the quantile is no larger; infinite beyond all bounds
 */
export function countedQuantileMs(total: number, counts: readonly number[], quantile: number): Milliseconds {
  let above = 0
  for (const [index, count] of [...counts.entries()].toReversed()) {
    above += count
    if (above > (1 - quantile) * total) return WAIT_BOUNDS_MS[index] ?? Number.POSITIVE_INFINITY
  }
  return 0
}
