import type { Milliseconds } from '../../core/clock.ts'
import { DEFAULT_SWEEP_MS } from '../../resilience/deadline.ts'
import { clientGone, jsonAnswer, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { Geocoder } from '../geocoder.ts'
import type { RequestContext } from '../request-context.ts'
import type { Route } from '../router.ts'
import type { Upstreams } from '../upstreams.ts'
import { parseJsonObject } from './json-body.ts'

/** What was said so far, oldest first. */
interface Conversation {
  readonly threadName: string
  readonly messages: readonly { readonly role: string; readonly content: string }[]
}

/**
 * How much earlier than the request the upstream call must end: two looks of the deadline sweep, so that a hanging upstream
 * is known as failed before the request is given up, which says nothing about the upstream.
 */
const ANSWER_MARGIN_MS: Milliseconds = 2 * DEFAULT_SWEEP_MS
const MAX_MESSAGES = 200

/** `POST /ads`: finds the place that a conversation is about, then has an upstream write something for it. */
export function adsRoute(geocoder: Geocoder, upstreams: Upstreams, requestTimeoutMs: Milliseconds): Route {
  const handle = async (context: RequestContext): Promise<Answer> => {
    const conversation = parseConversation(context.body)
    if (typeof conversation === 'string') return refusal(400, 'bad_request', { detail: conversation })
    const { threadName, messages } = conversation
    const place = await geocoder.locate(messages.findLast(({ role }) => role === 'user')?.content ?? '')
    const body = JSON.stringify({ thread: threadName, place: place?.name ?? null, messages })
    const deadlineMs = context.startedAtMs + requestTimeoutMs - ANSWER_MARGIN_MS
    const outcome = await upstreams.call({ path: '/v1/generate', body }, deadlineMs, context.signal)
    switch (outcome.kind) {
      case 'answered': {
        if (outcome.status === 200) {
          const { upstream } = outcome
          return jsonAnswer(200, { thread_name: threadName, place, upstream, generated: outcome.body })
        }
        const detail = `${outcome.upstream} refused the request with ${outcome.status}`
        return refusal(502, 'upstream_failed', { detail })
      }
      case 'failed':
        return refusal(502, 'upstream_failed', outcome)
      case 'unavailable':
        return refusal(503, outcome.reason, outcome)
      case 'cancelled':
        return clientGone()
    }
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
