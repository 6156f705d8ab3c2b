import { performance } from 'node:perf_hooks'

import type { Dispatcher } from 'undici'

import type { Milliseconds } from '../core/clock.ts'
import { AnswerCheck } from './answer-check.ts'
import { connectionErrorCode, NOT_HTTP } from './connection-error.ts'
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

const GIVEN_UP = new Error('given up by the load generator')

/** One request that undici sends, from its intended start to its outcome. */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Who sends it: the number, over all generators, of a client or user. */
  readonly client: number
  /** When it was due and recorded as sent; its time-out counts from here. */
  readonly arrivedMs: Milliseconds
  readonly #owner: ExchangeOwner
  readonly #sourced: SourcedRequest
  readonly #intendedMs: Milliseconds
  readonly #check: AnswerCheck
  #controller: Dispatcher.DispatchController | undefined
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
    this.#check = new AnswerCheck(sourced, client)
  }

  /** The connection that it holds until it is settled; undefined when it was given none. */
  get connection(): number | undefined {
    return this.#connection
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  /** It was written to its connection. */
  get isSent(): boolean {
    return this.#sentMs !== undefined
  }

  /** Service time, once it was answered. */
  get servedMs(): Milliseconds | undefined {
    return this.#servedMs
  }

  dispatch(dispatcher: Dispatcher, connection: number): void {
    this.#connection = connection
    const { method, path, headers, body } = this.#sourced.request
    // Otherwise undici ends the connection after every HEAD, and after bodies that methods usually have none of.
    dispatcher.dispatch({ method, path, headers, body: body ?? null, reset: false }, this)
  }

  /** Gives it up; does nothing when it is settled. */
  timeOut(nowMs: Milliseconds): void {
    if (this.#isSettled) return
    const controller = this.#controller
    this.#owner.recorder.timeOut(this.#sourced.route, nowMs - this.#intendedMs, this.#serviceMs(nowMs))
    this.#isSettled = true
    // First, so that the connection is not given to another request while this one is on it.
    controller?.abort(GIVEN_UP)
    this.#settle()
  }

  /** The phase is over: nothing is recorded any more, and its connection is let go. */
  abandon(): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#controller?.abort(GIVEN_UP)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isSettled) {
      controller.abort(GIVEN_UP)
      return
    }
    this.#controller = controller
    this.#sentMs = performance.now()
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#check.onHead(statusCode, headers)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#check.onBody(chunk)
  }

  onResponseEnd(): void {
    this.#answered()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // Not at once: undici is not done with the connection, and fails when it is given the next request meanwhile.
    queueMicrotask(() => this.#broken(connectionErrorCode(error)))
  }

  #answered(): void {
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

  #broken(code: string): void {
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
    this.#controller = undefined // its owner may hold a settled exchange for long, behind one that is not
    this.#owner.onSettled(this)
  }

  /** A request that never got a connection was served by nobody: its whole wait counts. */
  #serviceMs(nowMs: Milliseconds): Milliseconds {
    return nowMs - (this.#sentMs ?? this.arrivedMs)
  }
}
