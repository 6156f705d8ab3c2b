import { type AnswerHead, type AutocannonClient, PARSER_CALLBACKS } from './autocannon-types.ts'
import { saysCacheHit } from './outcome.ts'

/** What the parser of a connection asks and tells. */
interface ParserHooks {
  /** The method of the request that is being answered; undefined when there is none. */
  readonly method: () => string | undefined
  /** The head of a final answer is complete; `isLast` when the connection may not be used after it. */
  readonly onHead: (isCached: boolean, isLast: boolean) => void
  /** An answer is complete that no request was sent for. */
  readonly onUnasked: () => void
}

/**
 * Wraps the callbacks that autocannon has given its parser, so that 1xx heads are passed over, answers that have no body
 * whatever their head says complete, and an answer that nobody asked for does not end the process.
 */
export function repairParser(client: AutocannonClient, hooks: ParserHooks): void {
  const { parser, pipelinedRequests } = client
  const onHead = parser[PARSER_CALLBACKS.head]
  const onComplete = parser[PARSER_CALLBACKS.complete]
  let isInterim = false
  parser[PARSER_CALLBACKS.head] = (head) => {
    isInterim = head.statusCode < 200 && head.statusCode !== 101
    if (isInterim) return true
    const hasNoBody = head.statusCode === 204 || head.statusCode === 304 || hooks.method() === 'HEAD'
    // Without a length the parser expects a body up to the end of the connection, also where there is none.
    const isLast = hasNoBody ? /close/i.test(headerOf(head, 'connection') ?? '') : !head.shouldKeepAlive
    hooks.onHead(saysCacheHit(headerOf(head, 'x-cache')), isLast)
    onHead(head)
    return hasNoBody
  }
  parser[PARSER_CALLBACKS.complete] = () => {
    if (isInterim) isInterim = false
    else if (pipelinedRequests.size() > 0) onComplete()
    else hooks.onUnasked()
  }
}

function headerOf({ headers }: AnswerHead, name: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === name) return headers[index + 1]
  }
  return undefined
}
