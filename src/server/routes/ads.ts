import type { Milliseconds } from '../../core/clock.ts'
import { jsonAnswer, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { Geocoder } from '../geocoder.ts'
import type { RequestContext } from '../request-context.ts'
import type { Route } from '../router.ts'
import type { Upstreams } from '../upstream/upstreams.ts'
import { parseJsonObject } from './json-body.ts'
import { ANSWER_MARGIN_MS, unanswered } from './upstream-answer.ts'

/** What was said so far, oldest first. */
interface Conversation {
  readonly threadName: string
  readonly messages: readonly { readonly role: string; readonly content: string }[]
}

const MAX_MESSAGES = 200

/** What the route works with. */
export interface AdsParts {
  readonly geocoder: Geocoder
  readonly upstreams: Upstreams
  readonly requestTimeoutMs: Milliseconds
  /** Without an upstream answer there is still the place: 200, marked with `X-Degraded: 1`, and counted. */
  readonly isDegradedAllowed: boolean
}

/**
 * `POST /ads`: finds the place that a conversation is about, then has an upstream write something for it, which may be done
 * twice.
 */
export function adsRoute({ geocoder, upstreams, requestTimeoutMs, isDegradedAllowed }: AdsParts): Route {
  const handle = async (context: RequestContext): Promise<Answer> => {
    const conversation = parseConversation(context.body)
    if (typeof conversation === 'string') return refusal(400, 'bad_request', { detail: conversation })
    const { threadName, messages } = conversation
    const place = await geocoder.locate(messages.findLast(({ role }) => role === 'user')?.content ?? '')
    const body = JSON.stringify({ thread: threadName, place: place?.name ?? null, messages })
    const deadlineMs = context.startedAtMs + requestTimeoutMs - ANSWER_MARGIN_MS
    const request = { path: '/v1/generate', body, isRepeatable: true }
    const outcome = await upstreams.call(request, deadlineMs, context.signal)
    if (outcome.kind === 'answered' && outcome.status === 200) {
      return jsonAnswer(200, { thread_name: threadName, place, upstream: outcome.upstream, generated: outcome.body })
    }
    if (!isDegradedAllowed || outcome.kind === 'cancelled') return unanswered(outcome)
    upstreams.countDegraded()
    const answer = jsonAnswer(200, { thread_name: threadName, place, upstream: null, generated: null })
    return { ...answer, headers: ['X-Degraded', '1', 'Cache-Control', 'no-store'] }
  }
  return { method: 'POST', path: '/ads', handle }
}

/** The conversation, or a sentence that says what is wrong with it. */
export function parseConversation(body: Buffer): Conversation | string {
  const input = parseJsonObject(body)
  if (typeof input === 'string') return input
  const { thread_name: threadName, conversation } = input
  if (typeof threadName !== 'string') return 'thread_name must be a text'
  const isList = Array.isArray(conversation) && conversation.length > 0 && conversation.length <= MAX_MESSAGES
  if (!isList) return `conversation must be a list of 1 to ${MAX_MESSAGES} messages`
  const messages = conversation.flatMap((message: unknown) => (isMessage(message) ? [message] : []))
  if (messages.length < conversation.length) return 'each message must have the texts role and content'
  return { threadName, messages: messages.map(({ role, content }) => ({ role, content })) }
}

function isMessage(message: unknown): message is { role: string; content: string } {
  if (typeof message !== 'object' || message === null) return false
  const { role, content } = message as { role?: unknown; content?: unknown } // any object may be asked for any key
  return typeof role === 'string' && typeof content === 'string'
}
