import type { Milliseconds } from '../../core/clock.ts'
import { DEFAULT_SWEEP_MS } from '../../resilience/deadline.ts'
import { clientGone, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { UpstreamOutcome } from '../upstream/failover.ts'

/**
 * How much earlier than the request the upstream call must end: two looks of the deadline sweep, so that a hanging upstream
 * is known as failed before the request is given up, which says nothing about the upstream.
 */
export const ANSWER_MARGIN_MS: Milliseconds = 2 * DEFAULT_SWEEP_MS

/** What a client is told when an upstream refused its request, or none has answered it. */
export function unanswered(outcome: UpstreamOutcome): Answer {
  switch (outcome.kind) {
    case 'answered':
      return refusal(502, 'upstream_failed', {
        detail: `${outcome.upstream} refused the request with ${outcome.status}`,
      })
    case 'failed':
      return refusal(502, 'upstream_failed', outcome)
    case 'unavailable':
      return refusal(503, outcome.reason, outcome)
    case 'cancelled':
      return clientGone()
  }
}
