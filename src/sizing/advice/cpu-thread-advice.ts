import type { Milliseconds } from '../../core/clock.ts'
import type { Recommendation } from '../../core/recommendation.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { inFlight } from '../littles-law.ts'
import { DEFAULT_LATENCY_OBJECTIVE_MS, plannedRatePerS } from './pool-demand.ts'
import { keptConnections } from '../pools.ts'
import type { CpuWork, SizingInput } from '../sizing-input.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/** Work that holds the loop for less than this share of the latency objective is not worth handing to a thread. */
const SHORT_SHARE_OF_OBJECTIVE = 0.05

/**
 * Threads per worker for CPU work; null when none was done on the event loop. Threads do not save CPU time: what they gain
 * is that other requests need not wait for the work.
 */
export function adviseCpuThreads(input: SizingInput, advice: WorkerAdvice | null): Recommendation | null {
  const { cpuWork, current, deployedCpus } = input
  const workers = advice?.workers ?? input.workers
  if (cpuWork === null || workers === null || current.CPU_THREADS === undefined) return null
  const objectiveMs = input.latencyObjectiveMs ?? DEFAULT_LATENCY_OBJECTIVE_MS
  const worthMs = SHORT_SHARE_OF_OBJECTIVE * objectiveMs
  const tasksPerS = (plannedRatePerS(input, advice) * cpuWork.requestShare) / workers
  const workMs = mostWorkMs(input, cpuWork)
  const busy = inFlight(tasksPerS, workMs)
  const fitting = Math.floor(deployedCpus / workers)
  const isShort = workMs < worthMs
  const value = isShort ? 0 : Math.min(keptConnections(busy), fitting)
  // What is short by an upper bound is short.
  const doubts = doubtsWhere([
    [!isShort, 'the time of the work is an upper bound'],
    [value > 0, 'what threads gain was not measured'],
    [input.latencyObjectiveMs === null, `no latency objective was given: ${objectiveMs} ms is assumed`],
  ])
  return {
    setting: 'CPU_THREADS',
    value,
    current: current.CPU_THREADS,
    unit: 'threads per worker',
    basis: 'modelled',
    formula: 'busy threads + their square root, at most CPUs / workers; none for work below 5 % of the objective',
    evidence: {
      serviceP50Ms: significant(cpuWork.serviceP50Ms),
      mostWorkMs: significant(workMs),
      worthMs: significant(worthMs),
      tasksPerSPerWorker: significant(tasksPerS),
      busyThreads: significant(busy),
      cpus: significant(deployedCpus),
      workers,
      ...doubtEvidence(doubts),
    },
    confidence: confidenceWith(doubts),
    binding: isShort ? 'latency objective' : fitting <= keptConnections(busy) ? 'cpu' : 'cpu work',
    explanation: explain(cpuWork.route, { value, isShort, worthMs, workMs }),
  }
}

/**
 * The longest that one task may hold the loop on average: its service time holds the wait for the loop too, but all tasks
 * together cannot take more than the loop was busy.
 */
function mostWorkMs({ saturated }: SizingInput, { serviceP50Ms, requestShare }: CpuWork): Milliseconds {
  const busyLoopMs = saturated?.busyLoopMsPerRequest ?? null
  return busyLoopMs === null ? serviceP50Ms : Math.min(serviceP50Ms, busyLoopMs / requestShare)
}

interface Finding {
  readonly value: number
  readonly isShort: boolean
  readonly worthMs: Milliseconds
  readonly workMs: Milliseconds
}

function explain(route: string, { value, isShort, worthMs, workMs }: Finding): string {
  const held = `${route} holds the event loop for up to ${significant(workMs)} ms`
  if (isShort) return `${held}: less than ${significant(worthMs)} ms is not worth handing over to a thread.`
  if (value === 0)
    return `${held}, but there are no more CPUs than workers to give threads one of their own. Fewer workers, or more CPUs, would change this.`
  return `${held}, and everything else waits meanwhile: ${value === 1 ? 'a thread' : `${value} threads`} in each worker would take it off. Compare the p99 of the other routes with and without.`
}
