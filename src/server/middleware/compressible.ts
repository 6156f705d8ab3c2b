import { bodyBytes } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { RequestContext } from '../request-context.ts'

/** Text in all its forms. Pictures, sound and archives are compressed already; events must go out one by one. */
const COMPRESSIBLE_TYPE =
  /^(?:text\/(?!event-stream)|application\/(?:json|javascript|xml|[\w.-]+\+(?:json|xml))\b|image\/svg\+xml)/

/** Whether an answer may be sent compressed to who accepts it. A 304 has the headers of the answer that it stands for. */
export function isCompressible(answer: Answer, minBytes: number): boolean {
  if (!COMPRESSIBLE_TYPE.test(answer.contentType)) return false
  if (answer.status === 304) return true
  // A part of a compressed whole would not be the compressed part.
  if (answer.status === 206 || bodyBytes(answer) < minBytes) return false
  return headerOf(answer, 'content-encoding') === undefined && !isNoTransform(headerOf(answer, 'cache-control'))
}

/** Whether there may be a secret in an answer, beside something that the request says. */
export function maySpeakOfSecrets({ request, query }: RequestContext, answer: Answer): boolean {
  const { authorization, cookie } = request.headers
  const hasSecret = authorization !== undefined || cookie !== undefined || headerOf(answer, 'set-cookie') !== undefined
  return hasSecret && (query !== '' || (request.method !== 'GET' && request.method !== 'HEAD'))
}

/** @param name in lower case */
function headerOf({ headers = [] }: Answer, name: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === name) return headers[index + 1]
  }
  return undefined
}

function isNoTransform(cacheControl: string | undefined): boolean {
  return cacheControl !== undefined && /\bno-transform\b/i.test(cacheControl)
}
