import { clientGone, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { CpuOutcome, CpuThreads } from '../cpu-threads.ts'
import type { RequestContext } from '../request-context.ts'

/**
 * Has a CPU thread do the work of a request, for as long as somebody waits for it.
 *
 * @param toAnswer what to say once the work is done
 */
export async function answerFromThread<Task, Result>(
  threads: CpuThreads<Task, Result>,
  task: Task,
  context: RequestContext,
  toAnswer: (result: Result) => Answer,
): Promise<Answer> {
  const { outcome, cancel } = threads.run(task)
  context.onAbort(cancel)
  const ended = await outcome
  return ended.kind === 'done' ? toAnswer(ended.result) : answerUndone(ended)
}

function answerUndone(outcome: Exclude<CpuOutcome<unknown>, { readonly kind: 'done' }>): Answer {
  switch (outcome.kind) {
    case 'refused':
      return outcome.reason === 'queue_full'
        ? refusal(503, 'cpu_queue_full', { detail: 'too many tasks wait for a CPU thread already', retryAfterS: 1 })
        : refusal(503, 'queue_timeout', { detail: 'no CPU thread became free in time', retryAfterS: 1 })
    case 'timed-out':
      return refusal(504, 'cpu_timeout', { detail: 'the task took too long and was ended' })
    case 'cancelled':
      return clientGone()
  }
}
