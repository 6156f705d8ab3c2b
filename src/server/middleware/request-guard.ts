import { refusal } from '../answer.ts'
import type { RefusalDetails } from '../answer.ts'
import type { Middleware } from '../pipeline.ts'

/** Longer addresses are mistakes or attacks; what stands in front of servers cuts them at about this length too. */
export const MAX_URL_LENGTH = 8_192

/** What is said of an address that is longer. */
export const URI_TOO_LONG: RefusalDetails = { detail: `the address is longer than ${MAX_URL_LENGTH} characters` }

const CLOSE = ['Connection', 'close']
const TOO_LONG = refusal(414, 'uri_too_long', { ...URI_TOO_LONG, headers: CLOSE })
const BAD_HOST = refusal(400, 'bad_request', { detail: 'there must be one Host header', headers: CLOSE })

/** Refuses what node:http lets through and should not: overlong addresses, and requests with no Host header or several. */
export const requestGuard: Middleware = (context, next) => {
  const { url = '', headers, httpVersionMinor } = context.request
  if (url.length > MAX_URL_LENGTH) return TOO_LONG
  // Several come joined by commas. HTTP/1.0 did without.
  const { host } = headers
  const isBad = host === undefined ? httpVersionMinor > 0 : host.includes(',')
  return isBad ? BAD_HOST : next(context)
}
