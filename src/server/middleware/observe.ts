import type { Clock, Milliseconds } from '../../core/clock.ts'
import type { Answer } from '../answer.ts'
import type { Middleware } from '../pipeline.ts'
import type { RequestContext } from '../request-context.ts'

/** Learns of each request when it comes and when it ends. What it throws would become the client's error: it must not. */
export interface RequestObserver {
  onStart?(): void
  /** @param answer undefined when a handler has failed, which its client sees as 500 */
  onEnd(context: RequestContext, answer: Answer | undefined, durationMs: Milliseconds): void
}

/** The outermost layer: tells the observers of every request, refused and failed ones included. */
export function observe(observers: readonly RequestObserver[], clock: Clock): Middleware {
  const end = (context: RequestContext, answer: Answer | undefined): void => {
    const durationMs = clock.now() - context.startedAtMs
    for (const observer of observers) observer.onEnd(context, answer, durationMs)
  }
  return (context, next) => {
    for (const observer of observers) observer.onStart?.()
    let answer: Answer | Promise<Answer>
    try {
      answer = next(context)
    } catch (error) {
      end(context, undefined)
      throw error
    }
    if (!(answer instanceof Promise)) {
      end(context, answer)
      return answer
    }
    return answer.then(
      (settled) => {
        end(context, settled)
        return settled
      },
      (error: unknown) => {
        end(context, undefined)
        throw error
      },
    )
  }
}
