import type { RouteResult } from '../core/generator-messages.ts'
import type { RequestCounts } from '../core/measurement.ts'
import type { Run } from '../core/report.ts'
import { LatencyHistogram } from '../stats/latency-histogram.ts'

/** The routes of a report: requests of one name, such as one search with several queries, are one route. */
export function namedRoutes(routes: readonly RouteResult[]): Run['routes'] {
  const byName = Map.groupBy(routes, ({ name }) => name)
  return [...byName].map(([name, parts]) => ({
    name,
    requests: parts.map(({ counts }) => counts).reduce(sumCounts),
    responseTime: mergedTime(parts, 'responseTime').summary(),
    serviceTime: mergedTime(parts, 'serviceTime').summary(),
  }))
}

/** All samples of some routes in one histogram. */
export function mergedTime(routes: readonly RouteResult[], time: 'responseTime' | 'serviceTime'): LatencyHistogram {
  const merged = new LatencyHistogram()
  for (const route of routes) merged.add(LatencyHistogram.decode(route[time]))
  return merged
}

function sumCounts(left: RequestCounts, right: RequestCounts): RequestCounts {
  const entries = Object.entries(left).map(([key, count]) => [key, count + right[key as keyof RequestCounts]] as const) // its own keys
  return Object.fromEntries(entries) as unknown as RequestCounts // the same keys as before
}
