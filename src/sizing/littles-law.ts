import type { Milliseconds } from '../core/clock.ts'

/**
 * Little's law, L = λ·R: how many requests are in the system on average. Also the load offered to a pool, when `timeMs` is
 * how long one request holds a place in it.
 *
 * @param arrivalRate 1/s, of a steady state
 * @see Little 1961, "A Proof for the Queuing Formula L = λW"
 */
export function inFlight(arrivalRate: number, timeMs: Milliseconds): number {
  return (arrivalRate * timeMs) / 1_000
}

/**
 * Little's law for a closed loop, X = N / (R + Z): the most that a fixed number of users can ask for.
 *
 * @param users who send their next request when the last is answered and they have thought for `thinkTimeMs`
 * @returns requests per second
 */
export function closedLoopThroughput(users: number, responseTimeMs: Milliseconds, thinkTimeMs: Milliseconds): number {
  return (users * 1_000) / (responseTimeMs + thinkTimeMs)
}
