import type { RouteResult } from '../core/generator-messages.ts'
import type { Run } from '../core/report.ts'
import { LatencyHistogram } from '../stats/latency-histogram.ts'

/** The routes of a phase as reports show them. @param routes one per name, as generators together give them */
export function namedRoutes(routes: readonly RouteResult[]): Run['routes'] {
  return routes.map(({ name, counts, responseTime, serviceTime }) => ({
    name,
    requests: counts,
    responseTime: LatencyHistogram.decode(responseTime).summary(),
    serviceTime: LatencyHistogram.decode(serviceTime).summary(),
  }))
}

/** All samples of some routes in one histogram. */
export function mergedTime(routes: readonly RouteResult[], time: 'responseTime' | 'serviceTime'): LatencyHistogram {
  const merged = new LatencyHistogram()
  for (const route of routes) merged.add(LatencyHistogram.decode(route[time]))
  return merged
}
