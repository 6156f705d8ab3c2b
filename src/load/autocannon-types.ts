import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'

/** What http-parser-js 0.5 hands over when the head of an answer is complete. */
export interface AnswerHead {
  readonly statusCode: number
  /** Name, value, name, value, as they were sent. */
  readonly headers: readonly string[]
  readonly shouldKeepAlive: boolean
}

/** The parts of http-parser-js that the repairs use. Its callbacks are kept under numbers: see {@link PARSER_CALLBACKS}. */
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
export const PARSER_CALLBACKS = { head: 2, body: 3, complete: 4 } as const

/** The client of autocannon 9.0.0, with those of its private members that the repairs replace or use. */
export interface AutocannonClient extends EventEmitter {
  conn: Socket
  /** In ms. */
  timeout: number
  readonly parser: AnswerParser
  _connect: () => void
  _destroyConnection: () => void
  destroy: () => void
}
