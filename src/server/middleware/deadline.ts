import type { Clock, Milliseconds } from '../../core/clock.ts'
import { DeadlineSweep } from '../../resilience/deadline.ts'
import { refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { Middleware } from '../pipeline.ts'
import type { RequestContext } from '../request-context.ts'

/**
 * Answers once the time is over, and gives the work up: 504, or 408 where the client has not even sent everything.
 * Requests that are done at once cost nothing here.
 */
export class RequestDeadlines {
  readonly middleware: Middleware
  /** Of its own, so that all of them can be called. */
  readonly #deadlines: DeadlineSweep
  readonly #timeoutMs: Milliseconds
  #isClosing = false

  constructor(timeoutMs: Milliseconds, clock: Clock) {
    this.#timeoutMs = timeoutMs
    this.#deadlines = new DeadlineSweep(clock)
    this.middleware = (context, next) => {
      const answer = next(context)
      if (!(answer instanceof Promise)) return answer
      return new Promise<Answer>((resolve, reject) => {
        const due = this.#deadlines.add(timeoutMs, () => {
          resolve(this.#lateAnswer(context))
          context.abort()
        })
        // Settling twice does nothing, so a late answer is dropped here.
        answer.then(resolve, reject).finally(() => due.cancel())
      })
    }
  }

  /** The process ends: everything that has no answer yet gets 503, and its work is given up. */
  close(): void {
    this.#isClosing = true
    this.#deadlines.expireAll()
  }

  #lateAnswer({ request }: RequestContext): Answer {
    if (this.#isClosing) {
      const headers = ['Connection', 'close']
      return refusal(503, 'shutting_down', { detail: 'this server ends', retryAfterS: 1, headers })
    }
    const seconds = this.#timeoutMs / 1_000
    if (request.complete) return refusal(504, 'deadline', { detail: `no answer within ${seconds} s`, retryAfterS: 1 })
    // The rest cannot be told from the next request.
    const headers = ['Connection', 'close']
    return refusal(408, 'request_timeout', { detail: `no whole request within ${seconds} s`, retryAfterS: 1, headers })
  }
}
