import type { Clock } from '../../core/clock.ts'
import type { RequestQueue } from '../../resilience/request-queue.ts'
import { clientGone, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { Histogram } from '../metrics/histogram.ts'
import type { Middleware } from '../pipeline.ts'

const DETAILS = {
  queue_full: 'too many requests wait already',
  queue_timeout: 'no place became free in time',
} as const

/**
 * Lets a request in when there is a place for it. The place is held until the work has really ended, also when the client
 * has got its 504 or is gone; a client that leaves while it waits gives its turn up.
 *
 * @param waits gets how long each admitted request has waited
 */
export function admission(queue: RequestQueue, waits: Histogram, clock: Clock): Middleware {
  return (context, next) => {
    if (context.route.isExempt === true) return next(context)
    const askedAtMs = clock.now()
    return new Promise<Answer>((resolve, reject) => {
      const ticket = queue.admit(
        (place) => {
          waits.observe((clock.now() - askedAtMs) / 1_000)
          new Promise<Answer>((settle) => settle(next(context))).then(resolve, reject).finally(() => place.release())
        },
        (reason) => resolve(refusal(503, reason, { detail: DETAILS[reason], retryAfterS: 1 })),
      )
      context.onAbort(() => {
        ticket.cancel()
        resolve(clientGone())
      })
    })
  }
}
