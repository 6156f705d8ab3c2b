import { type GeneratorPlan, WHOLE } from '../../src/core/generator-messages.ts'
import { constantRate } from '../../src/core/rate-profile.ts'
import type { OpenWorkload, PlannedRequest } from '../../src/core/workload.ts'

/** Longer than any phase of a test. */
const LONG_MS = 3_600_000

/** The simplest request. */
export const GET: PlannedRequest = { name: 'GET /', method: 'GET', path: '/', headers: {}, weight: 1, expect: {} }

/** Evenly spread arrivals at one rate over at most 10 connections, with changes. */
export function openWorkload(ratePerS: number, changes: Partial<OpenWorkload> = {}): OpenWorkload {
  return {
    kind: 'open',
    stretches: constantRate(ratePerS, LONG_MS),
    arrivals: 'uniform',
    initialConnections: 10,
    maxConnections: 10,
    clients: 1,
    ...changes,
  }
}

/** A closed loop of 3 connections for 150 ms, with changes; open workloads are cut to its duration. */
export function planFor(origin: string, changes: Partial<GeneratorPlan> = {}): GeneratorPlan {
  const plan: GeneratorPlan = {
    origin,
    requests: [GET],
    data: {},
    workload: { kind: 'closed', connections: 3 },
    share: WHOLE,
    durationMs: 150,
    drainMs: 500,
    timeoutMs: 5_000,
    seed: 1,
    insecure: false,
    maySpin: false,
    ...changes,
  }
  const { workload, durationMs } = plan
  if (workload.kind !== 'open') return plan
  const stretches = workload.stretches.map((stretch) =>
    stretch.durationMs === LONG_MS ? { ...stretch, durationMs } : stretch,
  )
  return { ...plan, workload: { ...workload, stretches } }
}
