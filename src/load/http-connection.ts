import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

import { HTTPParser } from 'http-parser-js'

import type { Milliseconds } from '../core/clock.ts'
import { type AnswerHeaders, headerOf } from './answer-rules.ts'
import { type AnswerHead, type AnswerParser, readAnswers } from './answer-reader.ts'
import { CLOSED, connectionErrorCode, NOT_HTTP } from './connection-error.ts'
import { openSocket, type ServerAddress } from './open-socket.ts'

/** Who has sent a request. Learns of its answer in this order, unless its connection breaks before that is complete. */
export interface RequestSender {
  /** It is written now: the connection is there. */
  onSent(): void
  /** Of the final answer, not of a 1xx. */
  onHead(statusCode: number, headers: AnswerHeaders): void
  onBody(piece: Buffer): void
  /** The connection is free for the next request. */
  onAnswered(): void
  /** @param code as reports count it */
  onBroken(code: string): void
}

/** A request, and the bytes that are written. */
export interface WrittenRequest {
  readonly request: { readonly method: string }
  readonly bytes: Buffer
}

/** A server that says how long it keeps idle connections closes them then; a request must not be on its way to it. */
const IDLE_MARGIN_MS: Milliseconds = 1_000

/**
 * A connection that carries one request at a time, opened with the first and again when it was lost, or may not be used any more.
 * It does as little as can be done: what it takes for a request is taken from the punctuality of others.
 */
export class HttpConnection {
  readonly #address: ServerAddress
  readonly #onOpened: () => void
  // Its published types do not know that callbacks may be set.
  readonly #parser = new HTTPParser('RESPONSE') as unknown as AnswerParser
  #socket: Socket | undefined
  #isOpen = false
  #sender: RequestSender | undefined
  #request: WrittenRequest | undefined
  /** Whose answer is complete, while what came with it is still being read. */
  #answered: RequestSender | undefined
  /** The connection may not be used after this answer. */
  #isLast = false
  #errorCode: string | undefined
  /** How long it may be idle, as its first answer says; undefined before that. */
  #idleLimitMs: Milliseconds | undefined
  #idleSinceMs: Milliseconds = 0

  /** @param onOpened called each time when it was opened */
  constructor(address: ServerAddress, onOpened: () => void) {
    this.#address = address
    this.#onOpened = onOpened
    readAnswers(this.#parser, {
      method: () => this.#request?.request.method,
      onHead: (head, isLast) => this.#onHead(head, isLast),
      onBody: (piece) => this.#sender?.onBody(piece),
      onComplete: () => this.#onComplete(),
    })
  }

  /** Nothing else may be on its way on this connection. */
  send(request: WrittenRequest, sender: RequestSender): void {
    this.#request = request
    this.#sender = sender
    if (this.#isOpen && performance.now() - this.#idleSinceMs >= (this.#idleLimitMs ?? Infinity)) this.#disconnect()
    if (this.#isOpen) this.#write(request, sender)
    else this.#connect()
  }

  /** Gives up what this sender has under way here, and the connection with it; it is told nothing more. */
  giveUp(sender: RequestSender): void {
    if (this.#sender !== sender) return
    this.#sender = undefined
    this.#disconnect()
  }

  /** Whoever has a request under way is told nothing more. */
  close(): void {
    this.#sender = undefined
    this.#disconnect()
  }

  #write({ bytes }: WrittenRequest, sender: RequestSender): void {
    sender.onSent()
    this.#socket?.write(bytes)
  }

  #connect(): void {
    this.#disconnect()
    this.#errorCode = undefined
    const socket = openSocket(this.#address, () => this.#onOpen(socket))
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#onData(socket, chunk))
    socket.on('error', (error) => {
      if (socket === this.#socket) this.#errorCode = connectionErrorCode(error)
    })
    socket.on('end', () => this.#onEnd(socket))
    socket.on('close', () => {
      if (socket === this.#socket) this.#break(this.#errorCode ?? CLOSED)
    })
  }

  #onOpen(socket: Socket): void {
    if (socket !== this.#socket) return
    this.#isOpen = true
    this.#onOpened()
    if (this.#request !== undefined && this.#sender !== undefined) this.#write(this.#request, this.#sender)
    // While the request is on its way, not while it waits.
    this.#parser.initialize('RESPONSE')
  }

  #onData(socket: Socket, chunk: Buffer): void {
    if (socket !== this.#socket) return
    if (this.#sender === undefined) {
      this.#disconnect() // nobody asked for it
      return
    }
    const isReadable = !(this.#parser.execute(chunk) instanceof Error)
    this.#isLast ||= !isReadable
    // Not before all is read that came with the answer: what else is among it answers nothing.
    if (this.#answered !== undefined) this.#tellAnswered()
    else if (!isReadable) this.#break(NOT_HTTP)
  }

  /** A body without a length ends with its connection. */
  #onEnd(socket: Socket): void {
    if (socket !== this.#socket) return
    this.#parser.finish()
    this.#isLast = true
    if (this.#answered !== undefined) this.#tellAnswered()
    else if (this.#sender === undefined) this.#disconnect()
  }

  #onHead({ statusCode, headers }: AnswerHead, isLast: boolean): void {
    this.#isLast = isLast
    this.#idleLimitMs ??= idleLimitMs(headers)
    this.#sender?.onHead(statusCode, headers)
  }

  #onComplete(): void {
    if (this.#sender === undefined) this.#isLast = true // it is the answer to nothing
    else this.#answered = this.#sender
    this.#sender = undefined
  }

  #tellAnswered(): void {
    const sender = this.#answered
    this.#answered = undefined
    if (this.#isLast) this.#disconnect()
    else this.#idleSinceMs = performance.now()
    sender?.onAnswered()
  }

  #break(code: string): void {
    const sender = this.#sender
    this.#sender = undefined
    this.#disconnect()
    sender?.onBroken(code)
  }

  /** Leaves the connection behind; its late events find another socket, and do nothing. */
  #disconnect(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#isOpen = false
    this.#isLast = false
    this.#idleLimitMs = undefined
    socket?.destroy()
  }
}

/** How long a server lets a connection be idle, less the margin; Infinity when it does not say. */
function idleLimitMs(headers: AnswerHeaders): Milliseconds {
  const seconds = /\btimeout=(\d+)/i.exec(headerOf(headers, 'keep-alive') ?? '')?.[1]
  return seconds === undefined ? Infinity : Math.max(0, Number(seconds) * 1_000 - IDLE_MARGIN_MS)
}
