import type { Milliseconds } from '../core/clock.ts'
import { isConstant, meanRatePerS, peakRatePerS, type RateStretch } from '../core/rate-profile.ts'
import type { Run } from '../core/report.ts'
import { DEFAULT_CLIENTS, type OpenPhase, type ScenarioPhase } from '../core/scenario.ts'
import type { Workload } from '../core/workload.ts'
import { MIN_CONNECTIONS_PER_WORKER } from '../load/sample-checks.ts'
import { describeLoad } from '../report/run-facts.ts'
import type { UpstreamFault } from '../server/messages.ts'
import { type EarlierPhases, stretchesOf } from './rate-stretches.ts'

/** Connections of an open phase for which none are given: at least, also with few workers, at most, and the service time to begin with. */
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
 * @param of.clients of the scenario: what the arrivals of an open phase come from in turn
 * @param of.workers of the target, each of which must get a connection; null when that is not known
 */
export function workloadOf(
  phase: ScenarioPhase,
  earlier: EarlierPhases,
  { clients = DEFAULT_CLIENTS, workers = null }: { readonly clients?: number; readonly workers?: number | null } = {},
): Workload {
  switch (phase.kind) {
    case 'closed': {
      const { connections, requests } = phase
      return { kind: 'closed', connections, ...(requests === undefined ? {} : { maxRequests: requests }) }
    }
    case 'open':
      return openWorkloadOf(phase, earlier, { clients, workers })
    case 'users': {
      const { users, spawnRate, think = { fromMs: 0, toMs: 0 } } = phase
      return { kind: 'users', users, spawnRatePerS: spawnRate, think: { minMs: think.fromMs, maxMs: think.toMs } }
    }
  }
}

function openWorkloadOf(
  phase: OpenPhase,
  earlier: EarlierPhases,
  { clients, workers }: { readonly clients: number; readonly workers: number | null },
): Workload {
  const { arrivals, connections } = phase
  const stretches = stretchesOf(phase, earlier)
  return {
    kind: 'open',
    stretches,
    arrivals,
    clients,
    initialConnections: connections ?? firstConnections(stretches, earlier, workers ?? 1),
    maxConnections: connections ?? MAX_CONNECTIONS,
  }
}

/** Enough for the p99 and for three times the mean that the phase before it saw; while nothing is known, for answers within 250 ms. */
function firstConnections(stretches: readonly RateStretch[], earlier: EarlierPhases, workers: number): number {
  const { p99Ms = null, meanMs = null } = [...earlier.values()].at(-1)?.serviceTime ?? {}
  const isKnown = p99Ms !== null && meanMs !== null
  const neededMs = isKnown ? Math.max(p99Ms, HEADROOM * meanMs) : UNKNOWN_SERVICE_MS
  const firstPerS = peakRatePerS(stretches.slice(0, 1))
  return Math.min(
    Math.max(MIN_CONNECTIONS, MIN_CONNECTIONS_PER_WORKER * workers, Math.ceil((firstPerS * neededMs) / 1_000)),
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
    .map(({ upstream, from, to, flapping, ...wrong }) => ({
      upstream,
      fromMs: from,
      toMs: to,
      fault: givenOf({ ...wrong, flappingMs: flapping }),
    }))
    .toSorted((left, right) => left.fromMs - right.fromMs)
}

/** Without the fields that are not given. */
function givenOf(fault: { readonly [Key in keyof UpstreamFault]: UpstreamFault[Key] | undefined }): UpstreamFault {
  return Object.fromEntries(Object.entries(fault).filter(([, value]) => value !== undefined))
}

/** The load in words, for progress. */
export function describeWorkload(workload: Workload): string {
  const maxRequests = workload.kind === 'closed' ? workload.maxRequests : undefined
  return describeLoad({ workload: { ...reportedWorkload(workload), maxRequests } })
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
