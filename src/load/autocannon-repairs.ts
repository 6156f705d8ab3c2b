import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

import type { Milliseconds } from '../core/clock.ts'
import { AnswerCheck } from './answer-check.ts'
import { readAnswers } from './answer-reader.ts'
import type { AutocannonClient } from './autocannon-types.ts'
import { CLOSED, connectionErrorCode, NOT_HTTP } from './connection-error.ts'
import { openSocket, type ServerAddress } from './open-socket.ts'
import type { Recorder } from './recorder.ts'
import type { RequestSource, SourcedRequest } from './request-source.ts'

/** After a refused connection: doubled from the first to the second, so that a dead target does not become a busy loop. */
const MIN_BACKOFF_MS: Milliseconds = 10
const MAX_BACKOFF_MS: Milliseconds = 250
/** Switches autocannon's own time-out off: it counts whole seconds, from the last write instead of the request. */
const NEVER_MS: Milliseconds = 2 ** 30

/** What all connections of a phase share. */
export interface ConnectionContext {
  readonly address: ServerAddress
  readonly source: RequestSource
  readonly recorder: Recorder
  readonly isSending: () => boolean
  readonly onOpened: () => void
  /** For what makes the whole phase impossible. */
  readonly onFailure: (error: Error) => void
}

/**
 * One client of autocannon 9.0.0 with its defects repaired, through the public `setupClient` hook but by private members:
 * that is why its version is pinned. docs/closed-loop-engine.md lists the defects and what becomes of each.
 */
export class RepairedConnection {
  readonly #client: AutocannonClient
  readonly #number: number
  readonly #context: ConnectionContext
  #check: AnswerCheck | undefined
  #socket: Socket | undefined
  #isConnected = false
  /** The request that the connection carries or was begun for. */
  #pending: SourcedRequest | undefined
  /** When it was written; until then, when its connection was begun. */
  #startMs: Milliseconds = 0
  #mustReconnect = false
  #errorCode: string | undefined
  #backoffMs: Milliseconds = 0
  #retry: NodeJS.Timeout | undefined
  #isClosed = false

  /**
   * Called from the constructor of `client`, before it sets its parser up.
   *
   * @param number of the connection, from 0, over all generators
   */
  constructor(client: AutocannonClient, number: number, context: ConnectionContext) {
    this.#client = client
    this.#number = number
    this.#context = context
    client.timeout = NEVER_MS
    client._destroyConnection = () => undefined // it takes for granted that there is one
    client._connect = () => {
      client._connect = () => undefined
      readAnswers(client.parser, {
        method: () => this.#pending?.request.method,
        onHead: ({ statusCode, headers }, isLast) => {
          this.#mustReconnect = isLast
          this.#check?.onHead(statusCode, headers)
        },
        onBody: (piece) => this.#check?.onBody(piece),
        onComplete: () => this.#onAnswer(),
      })
      this.#next()
    }
  }

  /** Gives the request up that began `timeoutMs` or more before `nowMs`, and its connection with it. */
  timeOut(nowMs: Milliseconds, timeoutMs: Milliseconds): void {
    const pending = this.#pending
    if (pending === undefined || nowMs - this.#startMs < timeoutMs) return
    const tookMs = nowMs - this.#startMs
    this.#context.recorder.timeOut(pending.route, tookMs, tookMs)
    this.#disconnect()
    this.#next()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
    this.#disconnect()
    this.#client.destroy()
  }

  /** Sends the next request: on this connection, or on a new one when there is none or it may not be used again. */
  #next(): void {
    if (this.#isClosed || !this.#context.isSending()) return
    let sourced: SourcedRequest
    try {
      sourced = this.#context.source.next(this.#number)
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#context.recorder.send(sourced.route)
    this.#pending = sourced
    if (this.#isConnected) this.#write(sourced)
    else this.#connect()
  }

  #write(sourced: SourcedRequest): void {
    if (this.#check === undefined) this.#check = new AnswerCheck(sourced.rules, this.#number)
    else this.#check.begin(sourced.rules, this.#number)
    this.#startMs = performance.now()
    this.#socket?.write(sourced.bytes)
  }

  #connect(): void {
    this.#startMs = performance.now()
    const socket = openSocket(this.#context.address, () => this.#onConnected(socket))
    this.#socket = socket
    this.#client.conn = socket
    this.#errorCode = undefined
    this.#client.parser.initialize('RESPONSE')
    socket.on('data', (chunk) => this.#onData(socket, chunk))
    socket.on('error', (error) => {
      if (socket === this.#socket) this.#errorCode = connectionErrorCode(error)
    })
    socket.on('end', () => {
      if (socket === this.#socket) this.#client.parser.finish()
    })
    socket.on('close', () => this.#onClosed(socket))
  }

  #onConnected(socket: Socket): void {
    if (socket !== this.#socket) return
    this.#isConnected = true
    this.#backoffMs = 0
    this.#context.onOpened()
    if (this.#pending !== undefined) this.#write(this.#pending)
  }

  #onData(socket: Socket, chunk: Buffer): void {
    if (socket !== this.#socket) return
    const parsed = this.#client.parser.execute(chunk)
    if (parsed instanceof Error) this.#onUnreadable()
    // Not before all bytes that came with the last answer are read: what else is among them answers nothing.
    if (this.#pending !== undefined) return
    if (this.#mustReconnect) this.#disconnect()
    this.#next()
  }

  #onUnreadable(): void {
    this.#mustReconnect = true
    const pending = this.#takePending()
    if (pending === undefined) return
    const tookMs = performance.now() - this.#startMs
    this.#context.recorder.failUnreadable(pending.route, NOT_HTTP, tookMs, tookMs)
  }

  #onAnswer(): void {
    const pending = this.#takePending()
    const check = this.#check
    if (pending === undefined || check === undefined) {
      this.#mustReconnect = true // nobody asked for it
      return
    }
    const tookMs = performance.now() - this.#startMs
    try {
      this.#context.recorder.answer(pending.route, check.finish(), tookMs, tookMs)
    } catch (error) {
      this.#fail(error)
    }
  }

  #onClosed(socket: Socket): void {
    if (socket !== this.#socket) return
    const wasConnected = this.#isConnected
    const pending = this.#takePending()
    if (pending !== undefined) this.#context.recorder.lose(pending.route, this.#errorCode ?? CLOSED)
    this.#disconnect()
    if (wasConnected) this.#next()
    else this.#nextAfterBackoff()
  }

  #nextAfterBackoff(): void {
    if (this.#isClosed) return
    this.#backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(MIN_BACKOFF_MS, this.#backoffMs * 2))
    this.#retry = setTimeout(() => this.#next(), this.#backoffMs)
  }

  #takePending(): SourcedRequest | undefined {
    const pending = this.#pending
    this.#pending = undefined
    return pending
  }

  #fail(error: unknown): void {
    this.#isClosed = true
    this.#context.onFailure(error instanceof Error ? error : new Error(String(error)))
  }

  /** Leaves the connection and what belongs to it behind; its late events find another socket and do nothing. */
  #disconnect(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#isConnected = false
    this.#mustReconnect = false
    this.#pending = undefined
    socket?.destroy()
  }
}
