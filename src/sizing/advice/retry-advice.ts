import type { Recommendation } from '../../core/recommendation.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import type { SizingInput } from '../sizing-input.ts'
import { type UpstreamCalls, upstreamCalls } from './upstream-calls.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/** The first call and one more: what fails twice mostly fails for a reason that lasts, and a third call adds load to it. */
export const ADVISED_ATTEMPTS = 2

/** Retries may add so much load to an upstream in trouble, in percent, as a rule; and no more than this in any case. */
const RULE_PERCENT = 10
const MOST_PERCENT = 20

/** The budget covers so many times the failures that are ordinary, as they do not come evenly. */
const ROOM = 2

/**
 * How often a call is tried, and how many retries the traffic may carry. Nothing where the target has no such settings, or no
 * call was counted.
 */
export function adviseRetries(input: SizingInput, advice: WorkerAdvice | null): readonly Recommendation[] {
  const { RETRY_MAX_ATTEMPTS: attempts, RETRY_BUDGET: percent } = input.current
  const calls = upstreamCalls(input, advice)
  if (calls === null || attempts === undefined || percent === undefined) return []
  return [adviseAttempts(calls, attempts), adviseBudget(calls, percent)]
}

function adviseAttempts(
  { calls, failures, mostErrorsFraction, doubts }: UpstreamCalls,
  current: number,
): Recommendation {
  const left = mostErrorsFraction ** ADVISED_ATTEMPTS
  return {
    setting: 'RETRY_MAX_ATTEMPTS',
    value: ADVISED_ATTEMPTS,
    current,
    unit: 'attempts',
    basis: 'rule',
    formula: 'one retry',
    evidence: { calls, failures, mostErrorsFraction: significant(mostErrorsFraction), ...doubtEvidence(doubts) },
    confidence: confidenceWith(doubts),
    binding: 'load on the upstream',
    explanation: `No more than ${significant(100 * mostErrorsFraction)} % of the calls fail, so with one retry at most ${significant(100 * left)} % of the requests do, if failures are independent. Where they are not, further attempts only add load.`,
  }
}

function adviseBudget(
  { calls, failures, mostErrorsFraction, doubts: known }: UpstreamCalls,
  current: number,
): Recommendation {
  const needed = Math.ceil(100 * ROOM * mostErrorsFraction)
  const value = Math.min(MOST_PERCENT, Math.max(RULE_PERCENT, needed))
  const doubts = [
    ...known,
    ...doubtsWhere([[needed > MOST_PERCENT, `${needed} % would be needed for the failures that were measured`]]),
  ]
  return {
    setting: 'RETRY_BUDGET',
    value,
    current,
    unit: '% of the requests',
    basis: value === RULE_PERCENT ? 'rule' : 'measured',
    formula: 'twice the failures, 10 % to 20 %',
    evidence: { calls, failures, mostErrorsFraction: significant(mostErrorsFraction), ...doubtEvidence(doubts) },
    confidence: confidenceWith(doubts),
    binding: 'load on the upstream',
    explanation: `When an upstream fails altogether retries add no more than ${value} % to its load; the failures of ordinary times need ${significant(100 * mostErrorsFraction)} %.`,
  }
}
