import type { Milliseconds } from '../../core/clock.ts'
import type { Recommendation } from '../../core/recommendation.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { DEFAULT_BALANCER_IDLE_S, keepAliveSeconds } from '../keep-alive.ts'
import { inFlight } from '../littles-law.ts'
import { DEFAULT_LATENCY_OBJECTIVE_MS, NO_OBJECTIVE, poolDemand } from './pool-demand.ts'
import { poolSize } from '../pools.ts'
import { queueLength } from '../queue-length.ts'
import type { SizingInput } from '../sizing-input.ts'
import { intervalOf, type Spread } from './spread.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/** Connections per worker to each upstream; null when none was called, or the number of workers is not known. */
export function advisePool(input: SizingInput, advice: WorkerAdvice | null): Recommendation | null {
  const { steady } = input
  const demand = steady === null ? null : poolDemand(input, steady, advice)
  if (steady === null || steady.upstream === null || demand === null) return null
  const { workers, plannedPerS, maxWaitMs, doubts } = demand
  const { callsPerRequest, meanHoldMs } = steady.upstream
  const callsPerS = (plannedPerS * callsPerRequest) / workers
  const value = poolSize(callsPerS, meanHoldMs, maxWaitMs)
  return {
    setting: 'UPSTREAM_POOL_MAX',
    value,
    ...intervalOf([input.spreads.cpuPerRequest, input.spreads.upstreamHold], (factor) =>
      poolSize(callsPerS * factor, meanHoldMs, maxWaitMs),
    ),
    current: input.current.UPSTREAM_POOL_MAX ?? null,
    unit: 'connections per worker',
    basis: 'modelled',
    formula: 'Erlang C, p99 of the wait for a connection',
    evidence: {
      meanHoldMs: significant(meanHoldMs),
      callsPerRequest: significant(callsPerRequest),
      callsPerSPerWorker: significant(callsPerS),
      busyConnections: significant(inFlight(callsPerS, meanHoldMs)),
      maxWaitMs: significant(maxWaitMs),
      workers,
      ...doubtEvidence(doubts),
    },
    confidence: confidenceWith(doubts),
    binding: 'latency objective',
    explanation: `At ${significant(plannedPerS)} requests/s each worker makes ${significant(callsPerS)} calls/s that hold a connection for ${significant(meanHoldMs)} ms; with ${value} connections 99 of 100 wait less than ${significant(maxWaitMs)} ms for one. A slower upstream or fewer workers would need more.`,
  }
}

/** Requests that may wait in each worker; null when the time a request holds the loop, or the response time, is not known. */
export function adviseQueue(input: SizingInput): Recommendation | null {
  const { steady, saturated, latencyObjectiveMs } = input
  const busyLoopMs = saturated?.busyLoopMsPerRequest ?? null
  if (steady === null || busyLoopMs === null) return null
  const objectiveMs = latencyObjectiveMs ?? DEFAULT_LATENCY_OBJECTIVE_MS
  const value = queueLength(busyLoopMs, objectiveMs, steady.responseP99Ms)
  const doubts = doubtsWhere([
    [latencyObjectiveMs === null, NO_OBJECTIVE],
    [steady.responseP99Ms >= objectiveMs, 'the objective is already missed without a queue'],
  ])
  const served = `A worker serves ${significant(1_000 / busyLoopMs)} requests/s`
  return {
    setting: 'QUEUE_SIZE',
    value,
    ...intervalOf([input.spreads.cpuPerRequest, spreadOfSlack(input, objectiveMs)], (factor) =>
      queueLength(busyLoopMs / factor, objectiveMs, steady.responseP99Ms),
    ),
    current: input.current.QUEUE_SIZE ?? null,
    unit: 'requests per worker',
    basis: 'modelled',
    formula: 'requests served within the latency objective less p99',
    evidence: {
      busyLoopMsPerRequest: significant(busyLoopMs),
      responseP99Ms: significant(steady.responseP99Ms),
      latencyObjectiveMs: objectiveMs,
      ...doubtEvidence(doubts),
    },
    confidence: confidenceWith(doubts),
    binding: 'latency objective',
    explanation:
      steady.responseP99Ms >= objectiveMs
        ? `The p99 of ${significant(steady.responseP99Ms)} ms leaves nothing of ${objectiveMs} ms for waiting, so a queue could only collect answers that come too late.`
        : `${served}, and ${objectiveMs} ms less the p99 of ${significant(steady.responseP99Ms)} ms are left for waiting: who comes after ${value} others would be answered too late. A longer objective allows a longer queue.`,
  }
}

/** Of what the objective leaves beyond the p99. */
function spreadOfSlack({ steady, spreads: { responseP99 } }: SizingInput, objectiveMs: Milliseconds): Spread | null {
  const p99Ms = steady?.responseP99Ms ?? objectiveMs
  if (responseP99 === null || p99Ms >= objectiveMs) return null
  return { ...responseP99, halfWidthFraction: (responseP99.halfWidthFraction * p99Ms) / (objectiveMs - p99Ms) }
}

/** How long idle connections of clients are kept: at least as now; null when the target has no such setting. */
export function adviseKeepAlive({ current }: SizingInput): Recommendation | null {
  if (current.KEEP_ALIVE === undefined) return null
  const leastS = keepAliveSeconds(DEFAULT_BALANCER_IDLE_S)
  const doubts = ['the idle timeout of the load balancer is not known']
  return {
    setting: 'KEEP_ALIVE',
    value: Math.max(leastS, current.KEEP_ALIVE),
    current: current.KEEP_ALIVE,
    unit: 's',
    basis: 'rule',
    formula: 'idle timeout of the load balancer + 5 s',
    evidence: { assumedBalancerIdleS: DEFAULT_BALANCER_IDLE_S, ...doubtEvidence(doubts) },
    confidence: confidenceWith(doubts),
    binding: 'load balancer',
    explanation: `A server that closes idle connections before its load balancer does makes clients see 502; AWS balancers keep them for ${DEFAULT_BALANCER_IDLE_S} s, so ${leastS} s is the least. Behind nginx (75 s) it is ${keepAliveSeconds(75)} s.`,
  }
}
