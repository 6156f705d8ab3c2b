import { headerOf } from './answer-rules.ts'

/** What http-parser-js 0.5 hands over when the head of an answer is complete. */
export interface AnswerHead {
  readonly statusCode: number
  /** Name, value, name, value, as they were sent. */
  readonly headers: readonly string[]
  readonly shouldKeepAlive: boolean
}

/** The parts of http-parser-js that are used. Its callbacks are kept under numbers: see {@link PARSER_CALLBACKS}. */
export interface AnswerParser {
  /** @returns an Error when the bytes are not HTTP */
  execute: (chunk: Buffer) => number | Error
  /** The connection has ended. @returns an Error when an answer is incomplete */
  finish: () => Error | undefined
  initialize: (type: 'RESPONSE') => void
  /** A callback's `true` tells the parser that no body follows, whatever the head says. */
  2: (head: AnswerHead) => boolean | undefined
  3: (chunk: Buffer, start: number, length: number) => void
  4: () => void
}

/** `HTTPParser.kOnHeadersComplete`, `HTTPParser.kOnBody` and `HTTPParser.kOnMessageComplete`. */
const PARSER_CALLBACKS = { head: 2, body: 3, complete: 4 } as const

/** What the parser of a connection asks and tells. */
interface AnswerReader {
  /** The method of the request that is being answered; undefined when there is none. */
  readonly method: () => string | undefined
  /** The head of a final answer is complete; `isLast` when the connection may not be used after it. */
  readonly onHead: (head: AnswerHead, isLast: boolean) => void
  readonly onBody: (piece: Buffer) => void
  /** The answer is complete; also one that no request was sent for. */
  readonly onComplete: () => void
}

/**
 * Puts `reader` in place of the callbacks of a parser: 1xx heads are passed over, and answers
 * that have no body whatever their head says complete.
 */
export function readAnswers(parser: AnswerParser, reader: AnswerReader): void {
  let isInterim = false
  parser[PARSER_CALLBACKS.head] = (head) => {
    isInterim = head.statusCode < 200 && head.statusCode !== 101
    if (isInterim) return true
    const hasNoBody = head.statusCode === 204 || head.statusCode === 304 || reader.method() === 'HEAD'
    // Without a length the parser expects a body up to the end of the connection, also where there is none.
    const isLast = hasNoBody ? /close/i.test(headerOf(head.headers, 'connection') ?? '') : !head.shouldKeepAlive
    reader.onHead(head, isLast)
    return hasNoBody
  }
  parser[PARSER_CALLBACKS.body] = (chunk, start, length) => reader.onBody(chunk.subarray(start, start + length))
  parser[PARSER_CALLBACKS.complete] = () => {
    if (isInterim) isInterim = false
    else reader.onComplete()
  }
}
