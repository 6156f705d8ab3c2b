import type { Milliseconds } from '../../core/clock.ts'
import type { Recommendation } from '../../core/recommendation.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { inFlight } from '../littles-law.ts'
import { PLANNED_LOAD, plannedRatePerS } from './pool-demand.ts'
import { keptConnections } from '../pools.ts'
import type { SizingInput } from '../sizing-input.ts'
import { intervalOf } from './spread.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/** What libuv starts unless told otherwise; files and look-ups of names wait in them, which takes no CPU time and is not seen. */
const DEFAULT_THREADS = 4

/** More than this the advice never asks for. */
const MOST_THREADS = 64

/** Threads that worked for this share of their time at full load had no more to give. */
const EXHAUSTED = 0.9

/** Threads that are busy less than this of their time, all together, need no thought. */
const LEAST_BUSY = 0.05

/**
 * Threads of libuv per worker, which compress, read files and hash; null when what they did was not seen, or was next to
 * nothing.
 */
export function adviseThreadPool(input: SizingInput, advice: WorkerAdvice | null): Recommendation | null {
  const { threadPoolMsPerRequest, deployedCpus } = input
  const workers = advice?.workers ?? input.workers ?? input.saturated?.busyWorkers ?? null
  if (threadPoolMsPerRequest === null || workers === null) return null
  const ratePerS = plannedRatePerS(input, advice) || PLANNED_LOAD * (input.saturated?.throughputPerS ?? 0)
  const requestsPerS = ratePerS / workers
  const busy = inFlight(requestsPerS, threadPoolMsPerRequest)
  if (busy < LEAST_BUSY) return null
  const useful = Math.ceil(deployedCpus / workers) + 1
  const threadsFor = (busyThreads: number): number =>
    Math.min(Math.max(DEFAULT_THREADS, Math.min(keptConnections(busyThreads), useful)), MOST_THREADS)
  const isExhausted = wereExhausted(input, threadPoolMsPerRequest)
  const value = isExhausted ? threadsFor(Number.POSITIVE_INFINITY) : threadsFor(busy)
  const isCapped = value === useful && !isExhausted
  const doubts = doubtsWhere([
    [true, 'threads that wait for files or names take no CPU time, and were not seen'],
    [advice === null, 'the number of workers is taken as it was'],
    [isExhausted, 'what more threads gain was not measured'],
    [advice?.recommendation.confidence === 'low', 'the number of workers is uncertain'],
  ])
  return {
    setting: 'UV_THREADPOOL_SIZE',
    value,
    ...(isExhausted ? {} : intervalOf([input.spreads.cpuPerRequest], (factor) => threadsFor(busy * factor))),
    current: input.current.UV_THREADPOOL_SIZE ?? null,
    unit: 'threads per worker',
    basis: 'modelled',
    formula: 'busy threads + their square root, at most CPUs / workers + 1, at least 4',
    evidence: {
      threadPoolMsPerRequest: significant(threadPoolMsPerRequest),
      requestsPerSPerWorker: significant(requestsPerS),
      busyThreads: significant(busy),
      usefulThreads: useful,
      workers,
      ...doubtEvidence(doubts),
    },
    confidence: confidenceWith(doubts),
    binding: isCapped ? 'cpu' : 'thread pool',
    explanation: `Compression, files and hashes took ${significant(threadPoolMsPerRequest)} ms of libuv's threads per request: ${significant(busy)} of them are busy in each worker at ${significant(requestsPerS)} requests/s. ${
      isExhausted
        ? 'At full load all of them were busy: that, and not the CPUs, may have been the bound.'
        : isCapped
          ? 'More threads would only take the CPUs from each other and from the event loop.'
          : value === DEFAULT_THREADS
            ? "Node's own four are enough."
            : 'With fewer, work would wait for a thread while a CPU is free.'
    }`,
  }
}

/** At full load; only CPU time is seen, so that threads which waited, or shared too few CPUs, do not look exhausted. */
function wereExhausted({ saturated, current }: SizingInput, threadPoolMs: Milliseconds): boolean {
  if (saturated === null) return false
  const busy = inFlight(saturated.throughputPerS / saturated.busyWorkers, threadPoolMs)
  return busy >= EXHAUSTED * (current.UV_THREADPOOL_SIZE ?? DEFAULT_THREADS)
}
