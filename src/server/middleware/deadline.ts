import type { Milliseconds } from '../../core/clock.ts'
import type { DeadlineSweep } from '../../resilience/deadline.ts'
import { refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { Middleware } from '../pipeline.ts'

/** Answers 504 once the time is over and gives the work up; requests that are done at once cost nothing here. */
export function deadline(timeoutMs: Milliseconds, sweep: DeadlineSweep): Middleware {
  return (context, next) => {
    const answer = next(context)
    if (!(answer instanceof Promise)) return answer
    return new Promise<Answer>((resolve, reject) => {
      const due = sweep.add(timeoutMs, () => {
        resolve(refusal(504, 'deadline', { detail: `no answer within ${timeoutMs / 1_000} s` }))
        context.abort()
      })
      // Settling twice does nothing, so a late answer is dropped here.
      answer.then(resolve, reject).finally(() => due.cancel())
    })
  }
}
