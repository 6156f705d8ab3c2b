import type { Clock, Milliseconds } from '../../core/clock.ts'
import type { Middleware } from '../pipeline.ts'

/** Says in X-Process-Time how many seconds the request took inside this process, up to the writing of the head. */
export function processTime(clock: Clock): Middleware {
  return (context, next) => {
    const answer = next(context)
    const stamp = (): void => {
      context.headers.push('X-Process-Time', secondsText(clock.now() - context.startedAtMs))
    }
    if (!(answer instanceof Promise)) {
      stamp()
      return answer
    }
    return answer.finally(stamp)
  }
}

const MICROSECONDS_PER_SECOND = 1e6

/** With six decimals. For less than a second several times faster than toFixed. */
function secondsText(durationMs: Milliseconds): string {
  const microseconds = Math.round(durationMs * 1_000)
  if (microseconds < 0 || microseconds >= MICROSECONDS_PER_SECOND) return (durationMs / 1_000).toFixed(6)
  return `0.${String(MICROSECONDS_PER_SECOND + microseconds).slice(1)}`
}
