import type { Answer } from '../answer.ts'
import type { Middleware } from '../pipeline.ts'

/** Real headers name a handful of tags; a longer one is not worth reading. */
const MAX_HEADER_LENGTH = 4_096
const TAG = /(?:W\/)?"([^"]*)"/g

/** Answers 304 instead of a body that the client has already: by ETag, whatever its encoding. */
export const conditional: Middleware = (context, next) => {
  const { method, headers } = context.request
  const known = headers['if-none-match']
  if (known === undefined || (method !== 'GET' && method !== 'HEAD')) return next(context)
  const finish = (answer: Answer): Answer => (isKnown(answer, known) ? withoutBody(answer) : answer)
  const answer = next(context)
  return answer instanceof Promise ? answer.then(finish) : finish(answer)
}

/** @see RFC 9110, section 13.1.2: the comparison is the weak one */
function isKnown({ status, headers = [] }: Answer, known: string): boolean {
  if (status !== 200 || known.length > MAX_HEADER_LENGTH) return false
  const index = headers.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'etag')
  const tag = headers[index + 1]
  if (index === -1 || tag === undefined) return false
  if (known.trim() === '*') return true
  const opaque = tag.replace(/^W\//, '').slice(1, -1)
  return [...known.matchAll(TAG)].some((match) => match[1] === opaque)
}

/** Without what describes the body. */
function withoutBody({ contentType, headers = [] }: Answer): Answer {
  const kept: string[] = []
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (!name.toLowerCase().startsWith('content-')) kept.push(name, headers[index + 1] ?? '')
  }
  return { status: 304, contentType, body: '', headers: kept }
}
