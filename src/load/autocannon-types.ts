import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'

import type { AnswerParser } from './answer-reader.ts'

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
