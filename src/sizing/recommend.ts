import type { Recommendation, RuleOfThumb } from '../core/recommendation.ts'
import { adviseDatabase } from './database-advice.ts'
import { adviseKeepAlive, advisePool, adviseQueue } from './load-advice.ts'
import { adviseCache, adviseHeap } from './memory-advice.ts'
import { rulesOfThumb } from './rules-of-thumb.ts'
import type { SizingInput } from './sizing-input.ts'
import { adviseWorkers, whyNoWorkers } from './worker-advice.ts'

/** What the measurements recommend, and what published rules say about the same machine. */
export interface SizingAdvice {
  /** One per setting, in the order in which they depend on each other; a setting without the figures for it is absent. */
  readonly recommendations: readonly Recommendation[]
  readonly rulesOfThumb: readonly RuleOfThumb[]
  /** Why the number of workers is not among the recommendations, in words that follow a colon; null when it is. */
  readonly whyNoWorkers: string | null
}

/** Turns what was measured into values for the settings, each with its formula and its evidence. */
export function recommend(input: SizingInput): SizingAdvice {
  const workers = adviseWorkers(input)
  const heap = adviseHeap(input, workers?.workers ?? input.workers)
  const recommendations = [
    workers?.recommendation ?? null,
    advisePool(input, workers),
    ...adviseDatabase(input, workers),
    adviseQueue(input),
    adviseCache(input, heap),
    heap,
    adviseKeepAlive(input),
  ].filter((recommendation) => recommendation !== null)
  return {
    recommendations,
    rulesOfThumb: rulesOfThumb(input, workers?.workers ?? null),
    whyNoWorkers: whyNoWorkers(input),
  }
}
