import type { Middleware } from '../pipeline.ts'

/** What may be echoed without a risk for logs and headers. */
const ACCEPTABLE_ID = /^[\w.-]{1,128}$/

/**
 * Gives each request an id in X-Request-ID: the client's own when it is harmless, otherwise a counter behind a prefix,
 * which is far cheaper than a UUID.
 *
 * @param prefix tells the ids of one process from those of another
 */
export function requestId(prefix: string): Middleware {
  let counter = 0
  return (context, next) => {
    const given = context.request.headers['x-request-id']
    const isUsable = typeof given === 'string' && ACCEPTABLE_ID.test(given)
    context.requestId = isUsable ? given : `${prefix}${counter++}`
    context.headers.push('X-Request-ID', context.requestId)
    return next(context)
  }
}
