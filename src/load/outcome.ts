import type { Outcome } from '../core/measurement.ts'
import type { Expectation } from '../core/workload.ts'

/** What a complete answer can turn out to be. */
export type AnswerOutcome = Extract<Outcome, 'good' | 'limited' | 'shed' | 'failed' | 'mismatched'>

/**
 * What a complete answer counts as. An expected status is right whatever it is, also 429 or 503; without one any 2xx or
 * 3xx is right.
 *
 * @param bodyIsRight whether the body was as expected; only asked when the status is right
 */
export function classify(statusCode: number, bodyIsRight: boolean, expectation: Expectation): AnswerOutcome {
  const statusIsRight =
    expectation.status === undefined ? statusCode >= 200 && statusCode < 400 : expectation.status.includes(statusCode)
  if (statusIsRight) return bodyIsRight ? 'good' : 'mismatched'
  if (statusCode === 429) return 'limited'
  return statusCode === 503 ? 'shed' : 'failed'
}

/** Whether an `x-cache` header says that a cache answered: `HIT`, `STALE`, `Hit from cloudfront`. */
export function saysCacheHit(xCache: string | undefined): boolean {
  return xCache !== undefined && /^\s*(?:hit|stale)\b/i.test(xCache)
}
