import { performance } from 'node:perf_hooks'

import type { Milliseconds } from '../core/clock.ts'
import { AnswerCheck } from './answer-check.ts'
import type { AnswerHeaders } from './answer-rules.ts'
import { NOT_HTTP } from './connection-error.ts'
import type { HttpConnection, RequestSender } from './http-connection.ts'
import type { Recorder } from './recorder.ts'
import type { SourcedRequest } from './request-source.ts'

/** Who sends the exchanges. */
export interface ExchangeOwner {
  readonly recorder: Recorder
  /** Called once per exchange, after it was recorded. */
  readonly onSettled: (exchange: Exchange) => void
  /** For what makes the whole phase impossible. */
  readonly onFailure: (error: Error) => void
}

/** One request, from its intended start to its outcome. */
export class Exchange implements RequestSender {
  /** Who sends it: the number, over all generators, of a client or user. */
  readonly client: number
  /** When it was due and recorded as sent; its time-out counts from here. */
  readonly arrivedMs: Milliseconds
  readonly #owner: ExchangeOwner
  readonly #sourced: SourcedRequest
  readonly #intendedMs: Milliseconds
  readonly #check: AnswerCheck
  #carrier: HttpConnection | undefined
  #sentMs: Milliseconds | undefined
  #connection: number | undefined
  #isSettled = false
  #servedMs: Milliseconds | undefined

  /** @param times.intendedMs,times.arrivedMs moments of `performance.now()` */
  constructor(
    owner: ExchangeOwner,
    sourced: SourcedRequest,
    client: number,
    times: { readonly intendedMs: Milliseconds; readonly arrivedMs: Milliseconds },
  ) {
    this.#owner = owner
    this.#sourced = sourced
    this.client = client
    this.#intendedMs = times.intendedMs
    this.arrivedMs = times.arrivedMs
    this.#check = new AnswerCheck(sourced.rules, client)
  }

  /** The connection that it holds until it is settled; undefined when it was given none. */
  get connection(): number | undefined {
    return this.#connection
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  /** Service time, once it was answered. */
  get servedMs(): Milliseconds | undefined {
    return this.#servedMs
  }

  sendOver(carrier: HttpConnection, connection: number): void {
    this.#carrier = carrier
    this.#connection = connection
    carrier.send(this.#sourced, this)
  }

  /** Gives it up; does nothing when it is settled. */
  timeOut(nowMs: Milliseconds): void {
    if (this.#isSettled) return
    this.#owner.recorder.timeOut(this.#sourced.route, nowMs - this.#intendedMs, this.#serviceMs(nowMs))
    this.#isSettled = true
    // First, so that the connection is not given to another request while this one is on it.
    this.#carrier?.giveUp(this)
    this.#settle()
  }

  /** The phase is over: nothing is recorded any more, and its connection is let go. */
  abandon(): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#carrier?.giveUp(this)
  }

  onSent(): void {
    this.#sentMs = performance.now()
  }

  onHead(statusCode: number, headers: AnswerHeaders): void {
    this.#check.onHead(statusCode, headers)
  }

  onBody(piece: Buffer): void {
    this.#check.onBody(piece)
  }

  onAnswered(): void {
    if (this.#isSettled) return
    const nowMs = performance.now()
    this.#servedMs = this.#serviceMs(nowMs)
    try {
      const answer = this.#check.finish()
      this.#owner.recorder.answer(this.#sourced.route, answer, nowMs - this.#intendedMs, this.#servedMs)
    } catch (error) {
      // Only a scenario module's own check throws, and it throws errors.
      this.#owner.onFailure(error as Error)
      return
    }
    this.#settle()
  }

  onBroken(code: string): void {
    if (this.#isSettled) return
    const nowMs = performance.now()
    const { recorder } = this.#owner
    const { route } = this.#sourced
    if (code !== NOT_HTTP) recorder.lose(route, code)
    else recorder.failUnreadable(route, code, nowMs - this.#intendedMs, this.#serviceMs(nowMs))
    this.#settle()
  }

  #settle(): void {
    this.#isSettled = true
    this.#carrier = undefined // its owner may hold a settled exchange for long, behind one that is not
    this.#owner.onSettled(this)
  }

  /** A request that never got a connection was served by nobody: its whole wait counts. */
  #serviceMs(nowMs: Milliseconds): Milliseconds {
    return nowMs - (this.#sentMs ?? this.arrivedMs)
  }
}
