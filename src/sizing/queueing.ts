import type { Milliseconds } from '../core/clock.ts'

/**
 * Erlang's loss formula: the probability that all servers are busy when an arrival that finds none free goes away.
 *
 * @param servers a whole number, 0 or more
 * @param offeredLoad arrival rate × service time, in erlangs (servers that would be busy on average); 0 or more
 * @returns 0 to 1
 * @see Erlang 1917; the recursion B(k) = a·B(k−1) / (k + a·B(k−1))
 */
export function erlangB(servers: number, offeredLoad: number): number {
  let blocking = 1
  for (let k = 1; k <= servers; k++) blocking = (offeredLoad * blocking) / (k + offeredLoad * blocking)
  return blocking
}

/**
 * Erlang's delay formula: the probability that an arrival of an M/M/c queue has to wait.
 *
 * @param servers a whole number, 1 or more
 * @param offeredLoad in erlangs
 * @returns 0 to 1; 1 when the servers cannot keep up
 */
export function erlangC(servers: number, offeredLoad: number): number {
  if (offeredLoad >= servers) return 1
  const blocking = erlangB(servers, offeredLoad)
  return blocking / (1 - (offeredLoad / servers) * (1 - blocking))
}

/**
 * A quantile of the time that arrivals of an M/M/c queue wait for a server. Poisson arrivals and exponential service times
 * are assumed; real service times vary less, which makes this an upper bound.
 *
 * @param quantile in (0, 1)
 * @returns infinite when the servers cannot keep up
 * @see P(W > t) = C·e^(−(c − a)·t / S), Gross & Harris, "Fundamentals of Queueing Theory"
 */
export function waitQuantileMs(
  servers: number,
  offeredLoad: number,
  serviceTimeMs: Milliseconds,
  quantile: number,
): Milliseconds {
  if (offeredLoad >= servers) return Number.POSITIVE_INFINITY
  const waiting = erlangC(servers, offeredLoad)
  return Math.max(0, (Math.log(waiting / (1 - quantile)) * serviceTimeMs) / (servers - offeredLoad))
}
