import type { Clock } from '../../core/clock.ts'
import type { Middleware } from '../pipeline.ts'

/** Says in X-Process-Time how many seconds the request took inside this process, up to the writing of the head. */
export function processTime(clock: Clock): Middleware {
  return (context, next) => {
    const answer = next(context)
    const stamp = (): void => {
      const seconds = (clock.now() - context.startedAtMs) / 1_000
      context.headers.push('X-Process-Time', seconds.toFixed(6))
    }
    if (!(answer instanceof Promise)) {
      stamp()
      return answer
    }
    return answer.finally(stamp)
  }
}
