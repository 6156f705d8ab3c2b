import type { Milliseconds } from '../core/clock.ts'
import { isConstant, meanRatePerS, peakRatePerS, type RateStretch } from '../core/rate-profile.ts'
import type { Run } from '../core/report.ts'
import { DEFAULT_CLIENTS, type OpenPhase, type ScenarioPhase } from '../core/scenario.ts'
import type { Workload } from '../core/workload.ts'
import type { UpstreamFault } from '../server/messages.ts'
import { type EarlierPhases, stretchesOf } from './rate-stretches.ts'

/** Connections of an open phase for which none are given: at least, at most, and the service time to begin with. */
const MIN_CONNECTIONS = 10
const MAX_CONNECTIONS = 1_000
const UNKNOWN_SERVICE_MS = 250
/** Over the mean, as the open loop itself keeps. */
const HEADROOM = 3
/** While nothing is known, no more than these: a fast server at a high rate needs few, and opening them takes time. */
const MAX_UNKNOWN_CONNECTIONS = 200

/**
 * The load of a phase: a rate such as `60% of saturate`, and the connections that an open phase begins with, are worked out
 * from the phases before it.
 *
 * @param clients of the scenario: what the arrivals of an open phase come from in turn
 */
export function workloadOf(phase: ScenarioPhase, earlier: EarlierPhases, clients = DEFAULT_CLIENTS): Workload {
  switch (phase.kind) {
    case 'closed': {
      const { connections, requests } = phase
      return { kind: 'closed', connections, ...(requests === undefined ? {} : { maxRequests: requests }) }
    }
    case 'open':
      return openWorkloadOf(phase, earlier, clients)
    case 'users': {
      const { users, spawnRate, think = { fromMs: 0, toMs: 0 } } = phase
      return { kind: 'users', users, spawnRatePerS: spawnRate, think: { minMs: think.fromMs, maxMs: think.toMs } }
    }
  }
}

function openWorkloadOf(phase: OpenPhase, earlier: EarlierPhases, clients: number): Workload {
  const { arrivals, connections } = phase
  const stretches = stretchesOf(phase, earlier)
  return {
    kind: 'open',
    stretches,
    arrivals,
    clients,
    initialConnections: connections ?? firstConnections(stretches, earlier),
    maxConnections: connections ?? MAX_CONNECTIONS,
  }
}

/** Enough for the p99 and for three times the mean that the phase before it saw; while nothing is known, for answers within 250 ms. */
function firstConnections(stretches: readonly RateStretch[], earlier: EarlierPhases): number {
  const { p99Ms = null, meanMs = null } = [...earlier.values()].at(-1)?.serviceTime ?? {}
  const isKnown = p99Ms !== null && meanMs !== null
  const neededMs = isKnown ? Math.max(p99Ms, HEADROOM * meanMs) : UNKNOWN_SERVICE_MS
  const firstPerS = peakRatePerS(stretches.slice(0, 1))
  return Math.min(
    Math.max(MIN_CONNECTIONS, Math.ceil((firstPerS * neededMs) / 1_000)),
    isKnown ? MAX_CONNECTIONS : MAX_UNKNOWN_CONNECTIONS,
  )
}

/** What is to be wrong with an upstream for a part of a phase; times from its start. */
export interface PlannedFault {
  readonly upstream: string
  readonly fromMs: Milliseconds
  readonly toMs: Milliseconds
  readonly fault: UpstreamFault
}

/** The faults of a phase, in the order of their beginnings. */
export function faultsOf({ faults = [] }: ScenarioPhase): readonly PlannedFault[] {
  return faults
    .map(({ upstream, from, to, errorRate, latencyFactor, silence }) => ({
      upstream,
      fromMs: from,
      toMs: to,
      fault: {
        ...(errorRate !== undefined && { errorRate }),
        ...(latencyFactor !== undefined && { latencyFactor }),
        ...(silence !== undefined && { silence }),
      },
    }))
    .toSorted((left, right) => left.fromMs - right.fromMs)
}

/** The load in words, for progress and reports. */
export function describeWorkload(workload: Workload): string {
  switch (workload.kind) {
    case 'closed': {
      const most = workload.maxRequests === undefined ? '' : `, ${workload.maxRequests} requests`
      return `closed, ${workload.connections} connections${most}`
    }
    case 'open':
      return `open, ${describeRate(workload.stretches)} ${workload.arrivals}`
    case 'users': {
      const { minMs, maxMs } = workload.think
      const range = minMs === maxMs ? `${minMs / 1_000}` : `${minMs / 1_000}–${maxMs / 1_000}`
      return `${workload.users} users, ${rateText(workload.spawnRatePerS)}/s${maxMs === 0 ? '' : `, think ${range} s`}`
    }
  }
}

/** `300/s`; of a rate that goes evenly `100→1000/s`; of any other the range that it moves in. */
function describeRate(stretches: readonly RateStretch[]): string {
  if (isConstant(stretches)) return `${rateText(meanRatePerS(stretches))}/s`
  const [first, second] = stretches
  if (first !== undefined && second === undefined) return `${rateText(first.fromPerS)}→${rateText(first.toPerS)}/s`
  const lowestPerS = Math.min(...stretches.flatMap(({ fromPerS, toPerS }) => [fromPerS, toPerS]))
  return `${rateText(lowestPerS)}–${rateText(peakRatePerS(stretches))}/s`
}

function rateText(ratePerS: number): string {
  return ratePerS > 0 && ratePerS < 10 && !Number.isInteger(ratePerS) ? ratePerS.toFixed(1) : ratePerS.toFixed(0)
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
        ...(isConstant(workload.stretches) ? {} : { stretches: [...workload.stretches] }),
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
