import type { Milliseconds } from '../../core/clock.ts'
import { refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { RequestContext } from '../request-context.ts'
import type { Route } from '../router.ts'
import type { UpstreamRequest } from '../upstream/call.ts'
import type { UpstreamOutcome } from '../upstream/failover.ts'
import type { Upstreams } from '../upstream/upstreams.ts'
import { parseJsonObject } from './json-body.ts'
import { ANSWER_MARGIN_MS, unanswered } from './upstream-answer.ts'

const PATH = '/v1/completions'
const JSON_TYPE = 'application/json; charset=utf-8'
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/
/** What an upstream says about the request itself; others (401, 403 …) are between it and us. */
const STATUSES_FOR_CLIENTS: ReadonlySet<number> = new Set([200, 400, 404, 409, 413, 415, 422])

/**
 * `POST /v1/completions`: hands the body on to the preferred upstream that can answer, and its answer back. Of the headers of
 * either side only those named here go on.
 *
 * With an Idempotency-Key the same upstream may be asked again; without one only another upstream.
 */
export function completionsRoute(upstreams: Upstreams, requestTimeoutMs: Milliseconds): Route {
  const handle = async (context: RequestContext): Promise<Answer> => {
    const request = requestOf(context)
    if (typeof request === 'string') return refusal(400, 'bad_request', { detail: request })
    const deadlineMs = context.startedAtMs + requestTimeoutMs - ANSWER_MARGIN_MS
    return answerOf(await upstreams.call(request, deadlineMs, context.signal))
  }
  return { method: 'POST', path: PATH, handle }
}

/** What the upstream gets, or a sentence that says what is wrong with the request. */
function requestOf({ body, request, requestId }: RequestContext): UpstreamRequest | string {
  const input = parseJsonObject(body)
  if (typeof input === 'string') return input
  const { prompt, messages, stream } = input
  const hasInput = typeof prompt === 'string' || (Array.isArray(messages) && messages.length > 0)
  if (!hasInput) return 'there must be a prompt, or messages'
  // A provider would answer with events, which are no whole JSON, and be blamed for it.
  if (stream === true) return 'stream must not be true: answers are whole'
  const key = request.headers['idempotency-key']
  if (key !== undefined && !(typeof key === 'string' && IDEMPOTENCY_KEY.test(key))) {
    return 'Idempotency-Key must be 1 to 255 visible ASCII characters'
  }
  const forwardedFor = [request.headers['x-forwarded-for'], request.socket.remoteAddress].filter(Boolean).join(', ')
  return {
    path: PATH,
    body,
    headers: {
      'x-request-id': requestId,
      'x-forwarded-for': forwardedFor,
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    isRepeatable: key !== undefined,
  }
}

function answerOf(outcome: UpstreamOutcome): Answer {
  if (outcome.kind !== 'answered' || !STATUSES_FOR_CLIENTS.has(outcome.status)) return unanswered(outcome)
  const { status, body, upstream } = outcome
  if (status !== 200 && typeof parseJsonObject(Buffer.from(body)) === 'string') return unanswered(outcome)
  return { status, contentType: JSON_TYPE, body, headers: ['X-Upstream', upstream] }
}
