import type { Recommendation } from '../../core/recommendation.ts'
import { confidenceWith, doubtEvidence, significant } from './certainty.ts'
import { inFlight } from '../littles-law.ts'
import { advisePool } from './load-advice.ts'
import { poolDemand } from './pool-demand.ts'
import { keptConnections } from '../pools.ts'
import type { SizingInput } from '../sizing-input.ts'
import { intervalOf } from './spread.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/**
 * Connections per worker to each upstream that stay open unused: those that are busy on average at the planned rate, and
 * one standard deviation. Null when none was called, or the number of workers is not known.
 */
export function adviseIdleConnections(input: SizingInput, advice: WorkerAdvice | null): Recommendation | null {
  const { steady, current } = input
  const upstream = steady?.upstream ?? null
  const demand = steady === null ? null : poolDemand(input, steady, advice)
  const pool = advisePool(input, advice)
  if (upstream === null || demand === null || pool === null) return null
  const busy = inFlight((demand.plannedPerS * upstream.callsPerRequest) / demand.workers, upstream.meanHoldMs)
  const keptOf = (busyConnections: number): number => Math.min(keptConnections(busyConnections), pool.value)
  const value = keptOf(busy)
  return {
    setting: 'UPSTREAM_POOL_KEEPALIVE',
    value,
    ...intervalOf([input.spreads.cpuPerRequest, input.spreads.upstreamHold], (factor) => keptOf(busy * factor)),
    current: current.UPSTREAM_POOL_KEEPALIVE ?? null,
    unit: 'connections per worker',
    basis: 'modelled',
    formula: 'busy connections + their square root',
    evidence: { busyConnections: significant(busy), poolConnections: pool.value, ...doubtEvidence(demand.doubts) },
    confidence: confidenceWith(demand.doubts),
    binding: 'upstream calls',
    explanation: `${significant(busy)} connections are busy on average at ${significant(demand.plannedPerS)} requests/s; those beyond ${value} are opened for peaks only, and cost each upstream memory while they idle.`,
  }
}
