import type { IncomingMessage } from 'node:http'

import type { LimiterDecision } from '../../resilience/client-limiter.ts'
import { refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { clientOf } from '../client-address.ts'
import type { LayerCounts } from '../metrics/layer-counts.ts'
import type { RateLimitOptions } from '../options/rate-limit.ts'
import type { Middleware, Next } from '../pipeline.ts'
import type { RequestContext } from '../request-context.ts'

/** Says whether a request of a client may pass; at once where it can. */
export interface RequestLimiter {
  readonly take: (clientKey: string) => LimiterDecision | Promise<LimiterDecision>
}

/**
 * Refuses the requests of a client that has used up its tokens, before their bodies are read. A limiter that fails lets requests
 * through.
 *
 * Answers say how things stand in `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds until all tokens are
 * back): the three that clients know. Later drafts of the same standard put them into one structured field that few read yet.
 *
 * @param counts gets every decision
 * @see draft-ietf-httpapi-ratelimit-headers-06
 */
export function rateLimit(
  limiter: RequestLimiter,
  options: RateLimitOptions,
  counts: LayerCounts['rateLimit'],
): Middleware {
  const { count, periodMs, trustedProxies, ipv6Prefix } = options
  const limitText = String(count)
  const tokenS = periodMs / count / 1_000
  const client = clientOf(trustedProxies, ipv6Prefix)

  const judge = (context: RequestContext, next: Next, decision: LimiterDecision): Answer | Promise<Answer> => {
    if (decision.allowed && decision.remaining === undefined) {
      counts.failed_open++
      return next(context)
    }
    // Tokens at hand may come on top of a full bucket.
    const remaining = decision.allowed ? Math.min(decision.remaining, count) : 0
    const resetS = Math.ceil((count - remaining) * tokenS)
    context.headers.push('RateLimit-Limit', limitText, 'RateLimit-Remaining', String(remaining))
    context.headers.push('RateLimit-Reset', String(resetS))
    if (decision.allowed) {
      counts.allowed++
      return next(context)
    }
    counts.limited++
    return refusal(429, 'rate_limited', {
      detail: 'this client has sent too many requests',
      retryAfterS: decision.retryAfterS,
    })
  }

  return (context, next) => {
    if (context.route.isExempt === true) return next(context)
    const decision = decisionOf(limiter, client, context.request)
    if (!(decision instanceof Promise)) return judge(context, next, decision)
    return decision.then((made) => judge(context, next, made))
  }
}

const UNJUDGED: LimiterDecision = { allowed: true }

/** Only the decision is guarded: what comes after it must run once, whatever it throws. */
function decisionOf(
  limiter: RequestLimiter,
  client: (request: IncomingMessage) => string,
  request: IncomingMessage,
): LimiterDecision | Promise<LimiterDecision> {
  try {
    const decision = limiter.take(client(request))
    return decision instanceof Promise ? decision.catch(() => UNJUDGED) : decision
  } catch {
    return UNJUDGED
  }
}
