import type { RequestCounts } from '../../../src/core/measurement.ts'
import type { WatchedResult } from '../../../src/load/generators.ts'
import { LatencyHistogram } from '../../../src/stats/latency-histogram.ts'

/** What generators tell of a phase of a second without lateness, in which all that was answered was answered in time. */
export function watchedResult(counts: RequestCounts, changes: Partial<WatchedResult> = {}): WatchedResult {
  const times = new LatencyHistogram()
  for (let answer = 0; answer < counts.good; answer++) times.record(2_000)
  const encoded = times.encode()
  return {
    sendingMs: 1_000,
    totalMs: 1_000,
    counts,
    completedWhileSending: counts.good,
    goodWhileSending: counts.good,
    routes: [{ name: 'GET /', counts, responseTime: encoded, serviceTime: encoded }],
    otherOutcomes: {},
    errors: {},
    statusCodes: {},
    lateness: new LatencyHistogram().encode(),
    cpuMs: 500,
    runQueueDelayMs: null,
    loopDelayP99Ms: 1,
    connectionsOpened: 3,
    processes: 1,
    busiestCpuMs: 500,
    hiccupP99Ms: 0.1,
    ...changes,
  }
}
