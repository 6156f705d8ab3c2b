import { UsageError } from '../core/errors.ts'
import type { Run } from '../core/report.ts'
import type { Scenario, ScenarioPhase } from '../core/scenario.ts'
import type { PlannedRequest, Workload } from '../core/workload.ts'

/** The requests of a scenario as the generator sends them. */
export function planRequests(scenario: Scenario): readonly PlannedRequest[] {
  return scenario.requests.map((request) => {
    const isJson = typeof request.body === 'object'
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]))
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

/**
 * The load of a phase, with a rate such as `60% of saturate` worked out from the runs so far.
 *
 * @param earlier throughput in 1/s by phase name, also of phases that are not measured
 */
export function workloadOf(phase: ScenarioPhase, earlier: ReadonlyMap<string, number>): Workload {
  if (phase.kind === 'closed') return { kind: 'closed', connections: phase.connections }
  const { rate, arrivals, maxConnections } = phase
  if (rate.kind === 'absolute') return { kind: 'open', ratePerS: rate.ratePerS, arrivals, maxConnections }
  const throughputPerS = earlier.get(rate.phase) ?? 0
  if (throughputPerS <= 0) {
    throw new UsageError(`phase "${phase.name}" wants ${rate.fraction * 100}% of "${rate.phase}", which completed no request`, {
      hint: 'see why that phase failed, or give an absolute rate with -r',
    })
  }
  return { kind: 'open', ratePerS: throughputPerS * rate.fraction, arrivals, maxConnections }
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
