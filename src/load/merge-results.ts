import type {
  EncodedHistogram,
  GeneratorBeat,
  GeneratorResult,
  GeneratorSnapshot,
  RouteResult,
} from '../core/generator-messages.ts'
import { LatencyHistogram } from '../stats/latency-histogram.ts'
import { cappedErrors } from './error-codes.ts'
import { sumCounts } from './request-counts.ts'

type Times = GeneratorResult['otherOutcomes'][string]

/** How far all generators have come together; `elapsedMs` is the latest of theirs, for some may have ended. At least one. */
export function mergeBeats(beats: readonly GeneratorBeat[]): GeneratorBeat {
  return {
    elapsedMs: Math.max(...beats.map(({ elapsedMs }) => elapsedMs)),
    completed: sum(beats.map(({ completed }) => completed)),
  }
}

/** The state of a phase that several generators run; `elapsedMs` as of `mergeBeats`. At least one. */
export function mergeSnapshots(snapshots: readonly GeneratorSnapshot[]): GeneratorSnapshot {
  return {
    elapsedMs: Math.max(...snapshots.map(({ elapsedMs }) => elapsedMs)),
    counts: sumCounts(snapshots.map(({ counts }) => counts)),
    inFlight: sum(snapshots.map(({ inFlight }) => inFlight)),
    responseTime: mergeHistograms(snapshots.map(({ responseTime }) => responseTime)),
    otherResponseTimes: mergeByKey(
      snapshots.map(({ otherResponseTimes }) => otherResponseTimes),
      mergeHistograms,
    ),
  }
}

/**
 * The result of a phase that generators ran, each its share: counts, histograms and CPU time added up; of times, and of
 * what held a generator up, the worst.
 *
 * @param results at least one
 * @param routeNames in the order in which routes are wanted; routes of one name become one
 */
export function mergeResults(results: readonly GeneratorResult[], routeNames: readonly string[]): GeneratorResult {
  const runQueueDelaysMs = results.flatMap(({ runQueueDelayMs }) => (runQueueDelayMs === null ? [] : [runQueueDelayMs]))
  return {
    sendingMs: Math.max(...results.map(({ sendingMs }) => sendingMs)),
    totalMs: Math.max(...results.map(({ totalMs }) => totalMs)),
    counts: sumCounts(results.map(({ counts }) => counts)),
    completedWhileSending: sum(results.map(({ completedWhileSending }) => completedWhileSending)),
    goodWhileSending: sum(results.map(({ goodWhileSending }) => goodWhileSending)),
    routes: mergeRoutes(
      results.flatMap(({ routes }) => routes),
      routeNames,
    ),
    otherOutcomes: mergeByKey(
      results.map(({ otherOutcomes }) => otherOutcomes),
      mergeTimes,
    ),
    errors: cappedErrors(
      mergeByKey(
        results.map(({ errors }) => errors),
        sum,
      ),
    ),
    statusCodes: mergeByKey(
      results.map(({ statusCodes }) => statusCodes),
      sum,
    ),
    lateness: mergeHistograms(results.map(({ lateness }) => lateness)),
    cpuMs: sum(results.map(({ cpuMs }) => cpuMs)),
    runQueueDelayMs: runQueueDelaysMs.length === 0 ? null : Math.max(...runQueueDelaysMs),
    loopDelayP99Ms: Math.max(...results.map(({ loopDelayP99Ms }) => loopDelayP99Ms)),
    connectionsOpened: sum(results.map(({ connectionsOpened }) => connectionsOpened)),
  }
}

function mergeRoutes(routes: readonly RouteResult[], names: readonly string[]): readonly RouteResult[] {
  const byName = Map.groupBy(routes, ({ name }) => name)
  return [...new Set(names)].flatMap((name) => {
    const parts = byName.get(name)
    return parts === undefined
      ? []
      : [{ name, counts: sumCounts(parts.map(({ counts }) => counts)), ...mergeTimes(parts) }]
  })
}

function mergeTimes(all: readonly Times[]): Times {
  return {
    responseTime: mergeHistograms(all.map(({ responseTime }) => responseTime)),
    serviceTime: mergeHistograms(all.map(({ serviceTime }) => serviceTime)),
  }
}

function mergeHistograms(all: readonly EncodedHistogram[]): EncodedHistogram {
  const [first, ...rest] = all
  if (first !== undefined && rest.length === 0) return first
  const merged = new LatencyHistogram()
  for (const encoded of all) merged.add(LatencyHistogram.decode(encoded))
  return merged.encode()
}

/** What several records hold under the same key, merged; under each key at least one value. */
function mergeByKey<Value>(
  records: readonly Readonly<Record<string, Value>>[],
  merge: (values: readonly Value[]) => Value,
): Record<string, Value> {
  const entries = Map.groupBy(
    records.flatMap((record) => Object.entries(record)),
    ([key]) => key,
  )
  return Object.fromEntries([...entries].map(([key, parts]) => [key, merge(parts.map(([, value]) => value))]))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
