import { hash } from 'node:crypto'

import type { Clock, Milliseconds } from '../../core/clock.ts'
import { canonicalKey } from '../../resilience/cache-key.ts'
import type { ResponseCache } from '../../resilience/response-cache.ts'
import { FlightAbandonedError, FlightTimeoutError } from '../../resilience/single-flight.ts'
import { bodyBytes, clientGone, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { Middleware } from '../pipeline.ts'
import type { RequestContext } from '../request-context.ts'

/** An answer and when it was made; Age counts from then. */
export interface StoredAnswer {
  readonly answer: Answer
  readonly storedAtMs: Milliseconds
}

/** The size of an entry beside its body: key, headers, objects. A guess. */
const ENTRY_OVERHEAD_BYTES = 512

/** What the response cache must know: room for compressed variants is reserved, and only right answers are kept. */
export const STORED_ANSWER_TRAITS = {
  sizeBytes: ({ answer }: StoredAnswer): number => 2 * bodyBytes(answer) + ENTRY_OVERHEAD_BYTES,
  isStorable: ({ answer }: StoredAnswer): boolean => answer.status === 200,
}

/**
 * Answers cacheable routes from memory, and calls the handler once for all who ask for the same at the same time.
 * Requests that carry credentials pass by.
 */
export function responseCache(cache: ResponseCache<StoredAnswer>, clock: Clock): Middleware {
  return (context, next) => {
    const key = keyOf(context)
    if (key === undefined) return next(context)
    const stored = cache.get(key)
    if (stored !== undefined) {
      const ageS = Math.floor((clock.now() - stored.storedAtMs) / 1_000)
      context.headers.push('X-Cache', 'HIT', 'Age', String(ageS))
      return stored.answer
    }
    context.headers.push('X-Cache', 'MISS')
    const load = cache.load(key, async (signal) => {
      const answer = await next(context.shared(signal))
      return { answer, storedAtMs: clock.now() }
    })
    if (load.role === 'remembered') throw load.error
    if (load.role === 'refused') {
      return refusal(503, 'cache_waiters', { detail: 'too many wait for the same answer', retryAfterS: 1 })
    }
    context.onAbort(load.leave)
    return load.result.then(({ answer }) => answer, onFlightError)
  }
}

function onFlightError(error: unknown): Answer {
  if (error instanceof FlightAbandonedError) return clientGone()
  if (error instanceof FlightTimeoutError) return refusal(504, 'deadline', { detail: error.message })
  throw error
}

function keyOf({ route, query, request }: RequestContext): string | undefined {
  if (route.isCacheable !== true) return undefined
  if (request.headers.authorization !== undefined || request.headers.cookie !== undefined) return undefined
  const namespace = route.cacheNamespace === undefined ? route.path : route.cacheNamespace()
  const text = namespace === undefined ? undefined : canonicalKey(namespace, query)
  return text === undefined ? undefined : hash('sha256', text, 'base64')
}
