import type { Recommendation } from '../../core/recommendation.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { PLANNED_LOAD } from './pool-demand.ts'
import type { SizingInput } from '../sizing-input.ts'
import { intervalOf } from './spread.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/** From so many requests on, a whole number per second is exact enough; below it is per minute. */
const LEAST_PER_SECOND = 10
/** The largest number that the setting takes. */
const MOST_REQUESTS = 1_000_000

/**
 * What each client may send so that all active ones together stay within the planned share of the capacity. Null when their
 * number, or the capacity, is not known: a limit made up for them would turn away those it should protect.
 *
 * The same number is the burst of a client, which is why the limit is per second where it can be.
 */
export function adviseLimiter(input: SizingInput, advice: WorkerAdvice | null): Recommendation | null {
  const { activeClients, current } = input
  if (activeClients === null || advice === null) return null
  const plannedPerS = PLANNED_LOAD * advice.throughputPerS
  const sharePerS = plannedPerS / activeClients
  const [unitS, unit] = sharePerS < LEAST_PER_SECOND ? ([60, 'minute'] as const) : ([1, 'second'] as const)
  const limitOf = (perS: number): number => Math.min(MOST_REQUESTS, Math.max(1, Math.floor(perS * unitS)))
  const value = limitOf(sharePerS)
  const doubts = doubtsWhere([
    [true, 'clients are taken to send alike, as those of the test do'],
    [advice.recommendation.confidence === 'low', 'the number of workers is uncertain'],
    [sharePerS * unitS < 1, 'there are more clients than requests'],
  ])
  return {
    setting: 'RATE_LIMIT_DEFAULT',
    value,
    ...intervalOf([input.spreads.cpuPerRequest], (factor) => limitOf(sharePerS / factor)),
    current: current.RATE_LIMIT_DEFAULT === undefined ? null : significant(current.RATE_LIMIT_DEFAULT * unitS),
    unit: `requests/${unit} per client`,
    basis: 'modelled',
    formula: '80 % of the capacity / active clients',
    evidence: {
      modelledThroughputPerS: significant(advice.throughputPerS),
      plannedPerS: significant(plannedPerS),
      activeClients,
      ...doubtEvidence(doubts),
    },
    confidence: confidenceWith(doubts),
    binding: 'capacity',
    explanation: `${activeClients} clients who send ${value} per ${unit} each fill ${100 * PLANNED_LOAD} % of the capacity; a client may also send as many at once. Fewer active clients could have more each.`,
  }
}
