import { hash } from 'node:crypto'

import type { Answer, Reason } from '../answer.ts'
import { ownBytes } from '../cache-stores/stored-answer.ts'
import type { Route } from '../router.ts'

/**
 * What may be done with an answer. `keep`: served again. `negative`: a failure, repeated for a while when that is wished.
 * `pass`: for those who wait for it. `personal`: for the one who asked.
 */
export type Storability = 'keep' | 'negative' | 'pass' | 'personal'

/** This server's own state at one moment says nothing about the next. */
const PASSING_REASONS: ReadonlySet<Reason> = new Set<Reason>([
  'queue_full',
  'queue_timeout',
  'pressure_event_loop',
  'pressure_memory',
  'shutting_down',
  'cpu_queue_full',
  'cpu_timeout',
  'pool_exhausted',
  'pool_timeout',
  'deadline',
  'rate_limited',
  'client_gone',
])

/** Answers to the range or the conditions of one client's headers, which are no part of the key. */
const PERSONAL_STATUSES: ReadonlySet<number> = new Set([206, 304, 412, 416])

/** A part of a digest of 256 bits: two bodies of one key never have the same. */
const ETAG_LENGTH = 22

/**
 * @param route whose `cacheVary` says which headers are part of the key; an answer that depends on others is not kept
 * @see RFC 9111, sections 3 and 4.1
 */
export function storabilityOf(answer: Answer, { cacheVary = [] }: Pick<Route, 'cacheVary'>): Storability {
  const { status, headers = [] } = answer
  if (PERSONAL_STATUSES.has(status)) return 'personal'
  let reason: string | undefined
  let isWhole = true
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const value = headers[index + 1] ?? ''
    switch (headers[index]?.toLowerCase() ?? '') {
      case 'set-cookie':
        return 'personal'
      case 'cache-control':
        if (/(?:^|[\s,])(?:private|no-store|no-cache)(?:$|[\s,=])/i.test(value)) return 'personal'
        break
      case 'vary':
        if (!value.split(',').every((name) => cacheVary.includes(name.trim().toLowerCase()))) return 'personal'
        break
      case 'content-encoding':
        if (!cacheVary.includes('accept-encoding')) return 'personal'
        break
      case 'x-degraded':
        isWhole = false
        break
      case 'x-tune-reason':
        reason = value
    }
  }
  if (status === 200 || status === 204) return isWhole ? 'keep' : 'pass'
  if (PASSING_REASONS.has(reason as Reason)) return 'pass' // an unknown text is simply not among them
  return status === 404 || status === 410 || status >= 500 ? 'negative' : 'pass'
}

/**
 * The answer as it is kept: with an ETag, in memory of its own, so that nothing that its maker does later changes it, and
 * frozen. The ETag is a weak one because it is the same for all encodings.
 */
export function keptAnswer(answer: Answer): Answer {
  const { headers = [], status } = answer
  const body = typeof answer.body === 'string' ? answer.body : ownBytes(answer.body)
  const hasTag = headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'etag')
  const tag = status !== 200 || hasTag ? [] : ['ETag', `W/"${hash('sha256', body, 'base64url').slice(0, ETAG_LENGTH)}"`]
  return Object.freeze({ ...answer, body, headers: Object.freeze([...headers, ...tag]) })
}
