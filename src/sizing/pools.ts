import type { Milliseconds } from '../core/clock.ts'
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
