import { TargetError } from '../core/errors.ts'
import type { Run } from '../core/report.ts'
import type { OpenPhase, Scenario, ScenarioPhase } from '../core/scenario.ts'
import type { PlannedRequest, Workload } from '../core/workload.ts'

/** Connections of an open phase for which none are given: at least, at most, and the service time to begin with. */
const MIN_CONNECTIONS = 10
const MAX_CONNECTIONS = 1_000
const UNKNOWN_SERVICE_MS = 250

/** The requests of a scenario as the generator sends them. */
export function planRequests(scenario: Scenario): readonly PlannedRequest[] {
  return scenario.requests.map((request) => {
    const isJson = typeof request.body === 'object'
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    )
    const contentType = isJson && headers['content-type'] === undefined ? { 'content-type': 'application/json' } : {}
    return {
      name: request.name ?? `${request.method} ${request.path}`,
      method: request.method,
      path: request.path,
      headers: { ...contentType, ...headers },
      body: isJson ? JSON.stringify(request.body) : (request.body as string | undefined), // not an object, so text or absent
      weight: request.weight,
      expect: request.expect,
    }
  })
}

/** What a phase that has ended tells the next ones, by phase name; also phases that are not measured. */
export type EarlierPhases = ReadonlyMap<string, Pick<Run, 'throughputPerS' | 'serviceTime'>>

/**
 * The load of a phase: a rate such as `60% of saturate`, and the connections that an open phase begins with, are worked out
 * from the phases before it.
 */
export function workloadOf(phase: ScenarioPhase, earlier: EarlierPhases): Workload {
  if (phase.kind === 'closed') return { kind: 'closed', connections: phase.connections }
  const ratePerS = rateOf(phase, earlier)
  const { arrivals, connections } = phase
  return connections === undefined
    ? {
        kind: 'open',
        ratePerS,
        arrivals,
        initialConnections: firstConnections(ratePerS, earlier),
        maxConnections: MAX_CONNECTIONS,
      }
    : { kind: 'open', ratePerS, arrivals, initialConnections: connections, maxConnections: connections }
}

function rateOf({ name, rate }: OpenPhase, earlier: EarlierPhases): number {
  if (rate.kind === 'absolute') return rate.ratePerS
  const throughputPerS = earlier.get(rate.phase)?.throughputPerS ?? 0
  if (throughputPerS > 0) return throughputPerS * rate.fraction
  throw new TargetError(
    `phase "${name}" wants ${rate.fraction * 100}% of "${rate.phase}", which completed no request`,
    {
      hint: 'see why that phase failed, or give an absolute rate with -r',
    },
  )
}

/** Enough for the p99 that the phase before it saw; while nothing is known, enough for answers within 250 ms. */
function firstConnections(ratePerS: number, earlier: EarlierPhases): number {
  const expectedMs = [...earlier.values()].at(-1)?.serviceTime.p99Ms ?? UNKNOWN_SERVICE_MS
  return Math.min(Math.max(MIN_CONNECTIONS, Math.ceil((ratePerS * expectedMs) / 1_000)), MAX_CONNECTIONS)
}

/** The load in words, for progress and reports. */
export function describeWorkload(workload: Workload): string {
  if (workload.kind === 'closed') return `closed, ${workload.connections} connections`
  return `open, ${workload.ratePerS.toFixed(workload.ratePerS < 10 ? 1 : 0)}/s ${workload.arrivals}`
}

/** The load as reports keep it. */
export function reportedWorkload(workload: Workload): Run['workload'] {
  return workload.kind === 'closed'
    ? { kind: 'closed', connections: workload.connections, ratePerS: null, arrivals: null }
    : { kind: 'open', connections: workload.maxConnections, ratePerS: workload.ratePerS, arrivals: workload.arrivals }
}
