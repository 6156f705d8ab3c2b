import { exponential, type Random } from '../../src/core/random.ts'

/** A station with some servers and one line in front of them, first come, first served; service times are exponential. */
export interface Station {
  readonly servers: number
  readonly serviceTimeMs: number
  /** Arrivals that find all servers busy and so many others waiting go away; unlimited when absent. */
  readonly waitingPlaces?: number
}

/** Who asks: strangers at random moments, or a fixed number of users who think between their requests. */
export type Source =
  | { readonly kind: 'open'; readonly ratePerS: number }
  | { readonly kind: 'closed'; readonly users: number; readonly thinkTimeMs: number }

/** What was seen from the first counted request on. */
export interface Observed {
  /** Of every counted request, in order of service. */
  readonly waitsMs: readonly number[]
  /** Wait and service, in order of service. */
  readonly responsesMs: readonly number[]
  readonly blockedFraction: number
  readonly throughputPerS: number
  /** Over time. */
  readonly meanInFlight: number
  /** Share of the servers' time, 0..1. */
  readonly busyFraction: number
}

type Event =
  | { readonly kind: 'arrival'; readonly atMs: number }
  | { readonly kind: 'departure'; readonly atMs: number; readonly arrivedMs: number; readonly startedMs: number }

/**
 * Plays a station event by event, and knows no formula of queueing: what it sees is what the formulas have to say.
 *
 * @param requests to count, after a tenth as many that only fill the station
 */
export function simulateQueue(source: Source, station: Station, requests: number, random: Random): Observed {
  const { servers, serviceTimeMs, waitingPlaces = Number.POSITIVE_INFINITY } = station
  const events: Event[] = []
  const waiting: number[] = []
  const waitsMs: number[] = []
  const responsesMs: number[] = []
  const warmUp = requests / 10
  let [nowMs, countedFromMs, departed, arrivals, blocked, busy] = [0, 0, 0, 0, 0, 0]
  let [inFlightMs, busyMs] = [0, 0]

  const add = (event: Event): void => {
    const at = events.findLastIndex((other) => other.atMs <= event.atMs)
    events.splice(at + 1, 0, event)
  }
  const serve = (arrivedMs: number): void => {
    busy++
    add({ kind: 'departure', atMs: nowMs + exponential(random, serviceTimeMs), arrivedMs, startedMs: nowMs })
  }
  const think = (): void => {
    if (source.kind === 'closed')
      add({ kind: 'arrival', atMs: nowMs + (source.thinkTimeMs === 0 ? 0 : exponential(random, source.thinkTimeMs)) })
  }
  const onArrival = (): void => {
    if (source.kind === 'open') add({ kind: 'arrival', atMs: nowMs + exponential(random, 1_000 / source.ratePerS) })
    arrivals++
    if (busy < servers) serve(nowMs)
    else if (waiting.length < waitingPlaces) waiting.push(nowMs)
    else {
      blocked++
      think()
    }
  }
  const onDeparture = (arrivedMs: number, startedMs: number): void => {
    busy--
    departed++
    if (departed === warmUp) [countedFromMs, arrivals, blocked, inFlightMs, busyMs] = [nowMs, 0, 0, 0, 0]
    if (departed > warmUp) {
      waitsMs.push(startedMs - arrivedMs)
      responsesMs.push(nowMs - arrivedMs)
    }
    const next = waiting.shift()
    if (next !== undefined) serve(next)
    think()
  }

  if (source.kind === 'open') add({ kind: 'arrival', atMs: 0 })
  else for (let user = 0; user < source.users; user++) think()
  while (waitsMs.length < requests) {
    const event = events.shift()
    if (event === undefined) throw new Error('the simulation has nothing left to do')
    inFlightMs += (event.atMs - nowMs) * (busy + waiting.length)
    busyMs += (event.atMs - nowMs) * busy
    nowMs = event.atMs
    if (event.kind === 'arrival') onArrival()
    else onDeparture(event.arrivedMs, event.startedMs)
  }
  const elapsedMs = nowMs - countedFromMs
  return {
    waitsMs,
    responsesMs,
    blockedFraction: blocked / arrivals,
    throughputPerS: (requests * 1_000) / elapsedMs,
    meanInFlight: inFlightMs / elapsedMs,
    busyFraction: busyMs / (elapsedMs * servers),
  }
}

/** A mean and its standard error. */
export interface SimulatedMean {
  readonly mean: number
  readonly standardError: number
}

/** Neighbours in a queue wait alike; batches this long hardly do. */
const BATCHES = 25

/** The mean of a series whose neighbours are alike, with the standard error from the means of 25 batches. */
export function batchMean(series: readonly number[]): SimulatedMean {
  const size = Math.floor(series.length / BATCHES)
  return meanOf(
    Array.from({ length: BATCHES }, (_, batch) => meanOf(series.slice(batch * size, (batch + 1) * size)).mean),
  )
}

/** The mean of independent values, with its standard error. */
export function meanOf(values: readonly number[]): SimulatedMean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  return { mean, standardError: Math.sqrt(variance / values.length) }
}
