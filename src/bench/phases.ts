import { TargetError } from '../core/errors.ts'
import type { Run } from '../core/report.ts'
import type { OpenPhase, Scenario, ScenarioPhase } from '../core/scenario.ts'
import { constantRate, isConstant, meanRatePerS } from '../core/rate-profile.ts'
import type { PlannedRequest, Workload } from '../core/workload.ts'

/** Connections of an open phase for which none are given: at least, at most, and the service time to begin with. */
const MIN_CONNECTIONS = 10
const MAX_CONNECTIONS = 1_000
const UNKNOWN_SERVICE_MS = 250
/** Identities that the arrivals of an open phase take turns with. */
const DEFAULT_CLIENTS = 100

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
      expect: { ...request.expect, status: request.expect.status === undefined ? undefined : [request.expect.status] },
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
  const stretches = constantRate(ratePerS, phase.duration)
  return connections === undefined
    ? {
        kind: 'open',
        stretches,
        arrivals,
        clients: DEFAULT_CLIENTS,
        initialConnections: firstConnections(ratePerS, earlier),
        maxConnections: MAX_CONNECTIONS,
      }
    : {
        kind: 'open',
        stretches,
        arrivals,
        clients: DEFAULT_CLIENTS,
        initialConnections: connections,
        maxConnections: connections,
      }
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
  switch (workload.kind) {
    case 'closed':
      return `closed, ${workload.connections} connections`
    case 'open':
      return `open, ${rateText(meanRatePerS(workload.stretches))}/s ${workload.arrivals}${isConstant(workload.stretches) ? '' : ', changing'}`
    case 'users':
      return `${workload.users} users, ${rateText(workload.spawnRatePerS)}/s`
  }
}

function rateText(ratePerS: number): string {
  return ratePerS.toFixed(ratePerS < 10 ? 1 : 0)
}

/** The load as reports keep it. */
export function reportedWorkload(workload: Workload): Run['workload'] {
  switch (workload.kind) {
    case 'closed':
      return { kind: 'closed', connections: workload.connections, ratePerS: null, arrivals: null }
    case 'open':
      return {
        kind: 'open',
        connections: workload.maxConnections,
        ratePerS: meanRatePerS(workload.stretches),
        arrivals: workload.arrivals,
        ...(isConstant(workload.stretches) ? {} : { stretches: workload.stretches }),
      }
    case 'users':
      return {
        kind: 'users',
        connections: workload.users,
        ratePerS: null,
        arrivals: null,
        users: workload.users,
        spawnRatePerS: workload.spawnRatePerS,
        thinkMs: [workload.think.minMs, workload.think.maxMs],
      }
  }
}
