import type { Recommendation, RuleOfThumb } from '../core/recommendation.ts'
import { adviseBreaker } from './advice/breaker-advice.ts'
import { adviseCache } from './advice/cache-advice.ts'
import { adviseConcurrency } from './advice/concurrency-advice.ts'
import { adviseCpuThreads } from './advice/cpu-thread-advice.ts'
import { adviseDatabase } from './advice/database-advice.ts'
import { adviseIdleConnections } from './advice/idle-connections-advice.ts'
import { adviseLimiter } from './advice/limiter-advice.ts'
import { adviseKeepAlive, advisePool, adviseQueue } from './advice/load-advice.ts'
import { adviseHeap } from './advice/memory-advice.ts'
import { adviseRecycling } from './advice/recycling-advice.ts'
import { adviseRetries } from './advice/retry-advice.ts'
import { rulesOfThumb } from './rules-of-thumb.ts'
import type { SizingInput } from './sizing-input.ts'
import { adviseTimeouts } from './advice/timeout-advice.ts'
import { adviseThreadPool } from './advice/thread-pool-advice.ts'
import { adviseWorkers, type WorkerAdvice, whyNoWorkers } from './advice/worker-advice.ts'
import { adviseYoungGeneration } from './advice/young-generation-advice.ts'

/** What the measurements recommend, and what published rules say about the same machine. */
export interface SizingAdvice {
  /** One per setting, in the order in which they depend on each other; a setting without the figures for it is absent. */
  readonly recommendations: readonly Recommendation[]
  readonly rulesOfThumb: readonly RuleOfThumb[]
  /** Why the number of workers is not among the recommendations, in words that follow a colon; null when it is. */
  readonly whyNoWorkers: string | null
}

/**
 * Turns what was measured into values for the settings, each with its formula and its evidence.
 *
 * @param workers the worker count, where more than these figures speak for it
 */
export function recommend(input: SizingInput, workers: WorkerAdvice | null = adviseWorkers(input)): SizingAdvice {
  const heap = adviseHeap(input, workers?.workers ?? input.workers)
  const recommendations = [
    workers?.recommendation ?? null,
    advisePool(input, workers),
    adviseIdleConnections(input, workers),
    ...adviseDatabase(input, workers),
    adviseConcurrency(input, workers),
    adviseQueue(input),
    ...adviseTimeouts(input, workers),
    ...adviseRetries(input, workers),
    ...adviseBreaker(input, workers),
    adviseLimiter(input, workers),
    adviseCpuThreads(input, workers),
    adviseThreadPool(input, workers),
    ...adviseCache(input, heap),
    heap,
    adviseYoungGeneration(input, workers?.workers ?? input.workers),
    ...adviseRecycling(input, workers, heap),
    adviseKeepAlive(input),
  ].filter((recommendation) => recommendation !== null)
  return {
    recommendations,
    rulesOfThumb: rulesOfThumb(input, workers?.workers ?? null),
    whyNoWorkers: workers === null ? whyNoWorkers(input) : null,
  }
}
