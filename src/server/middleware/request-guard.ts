import { refusal } from '../answer.ts'
import type { RefusalDetails } from '../answer.ts'
import type { Middleware } from '../pipeline.ts'
import { closing, tooLarge } from './body.ts'

/** Longer addresses are mistakes or attacks; what stands in front of servers cuts them at about this length too. */
export const MAX_URL_LENGTH = 8_192

/** What is said of an address that is longer. */
export const URI_TOO_LONG: RefusalDetails = { detail: `the address is longer than ${MAX_URL_LENGTH} characters` }

const CLOSE = ['Connection', 'close']
const TOO_LONG = refusal(414, 'uri_too_long', { ...URI_TOO_LONG, headers: CLOSE })
const BAD_HOST = refusal(400, 'bad_request', { detail: 'there must be one Host header', headers: CLOSE })

/**
 * Refuses what node:http lets through and should not: overlong addresses, requests with no Host header or several, and bodies
 * that are announced with more than `maxBodyBytes`, whatever the method. Nobody else answers those: not the cache, whose answers
 * are for several, nor the limiter, which would count them.
 */
export function requestGuard(maxBodyBytes: number): Middleware {
  return (context, next) => {
    const { url = '', headers, httpVersionMinor } = context.request
    if (url.length > MAX_URL_LENGTH) return TOO_LONG
    // Several come joined by commas. HTTP/1.0 did without.
    const { host } = headers
    const isBad = host === undefined ? httpVersionMinor > 0 : host.includes(',')
    if (isBad) return BAD_HOST
    return Number(headers['content-length'] ?? 0) > maxBodyBytes
      ? closing(context, tooLarge(maxBodyBytes))
      : next(context)
  }
}
