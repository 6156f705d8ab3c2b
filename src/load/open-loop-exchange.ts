import type { Dispatcher, Pool } from 'undici'

import type { Milliseconds } from '../core/clock.ts'
import type { PlannedRequest } from '../core/workload.ts'
import { BodySearch } from './body-search.ts'
import { connectionErrorCode, NOT_HTTP } from './connection-error.ts'
import { classify, saysCacheHit } from './outcome.ts'
import type { Recorder } from './recorder.ts'

/** Who sends the exchanges. */
export interface ExchangeOwner {
  readonly recorder: Recorder
  /** Called once per exchange, after it was recorded. */
  readonly onSettled: (exchange: OpenLoopExchange) => void
}

const GIVEN_UP = new Error('given up by the load generator')

/** One request of an open loop, from its intended start to its outcome, as undici reports it. */
export class OpenLoopExchange implements Dispatcher.DispatchHandler {
  /** When it was due and recorded as sent; its time-out counts from here. */
  readonly arrivedMs: Milliseconds
  readonly #owner: ExchangeOwner
  readonly #route: number
  readonly #request: PlannedRequest
  readonly #intendedMs: Milliseconds
  readonly #search: BodySearch | undefined
  #controller: Dispatcher.DispatchController | undefined
  #sentMs: Milliseconds | undefined
  #statusCode = 0
  #isCached = false
  #isDispatched = false
  #isSettled = false
  #servedMs: Milliseconds | undefined

  constructor(
    owner: ExchangeOwner,
    route: number,
    request: PlannedRequest,
    intendedMs: Milliseconds,
    arrivedMs: Milliseconds,
  ) {
    this.#owner = owner
    this.#route = route
    this.#request = request
    this.#intendedMs = intendedMs
    this.arrivedMs = arrivedMs
    const { bodyContains } = request.expect
    this.#search = bodyContains === undefined ? undefined : new BodySearch(bodyContains)
  }

  /** It has been given a connection, so it holds one until it is settled. */
  get isDispatched(): boolean {
    return this.#isDispatched
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  /** Service time, once it was answered. */
  get servedMs(): Milliseconds | undefined {
    return this.#servedMs
  }

  dispatch(pool: Pool): void {
    this.#isDispatched = true
    const { method, path, headers, body } = this.#request
    pool.dispatch({ method, path, headers, body: body ?? null }, this)
  }

  /** Gives it up; does nothing when it is settled. */
  timeOut(nowMs: Milliseconds): void {
    if (this.#isSettled) return
    const controller = this.#controller
    this.#owner.recorder.timeOut(this.#route, nowMs - this.#intendedMs, this.#serviceMs(nowMs))
    this.#settle()
    controller?.abort(GIVEN_UP)
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
    this.#statusCode = statusCode
    this.#isCached = saysCacheHit(headers['x-cache'])
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#search?.push(chunk)
  }

  onResponseEnd(): void {
    this.#answered()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // undici waits for the body that the length of a 304 speaks of, which is that of the answer it stands for.
    if (this.#statusCode === 304) this.#answered()
    else this.#broken(connectionErrorCode(error))
  }

  #answered(): void {
    if (this.#isSettled) return
    const nowMs = performance.now()
    this.#servedMs = this.#serviceMs(nowMs)
    const outcome = classify(this.#statusCode, this.#search?.isFound ?? true, this.#request.expect)
    this.#owner.recorder.answer(
      this.#route,
      { outcome, statusCode: this.#statusCode, isCached: this.#isCached },
      nowMs - this.#intendedMs,
      this.#servedMs,
    )
    this.#settle()
  }

  #broken(code: string): void {
    if (this.#isSettled) return
    const nowMs = performance.now()
    const { recorder } = this.#owner
    if (code !== NOT_HTTP) recorder.lose(this.#route, code)
    else recorder.failUnreadable(this.#route, code, nowMs - this.#intendedMs, this.#serviceMs(nowMs))
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
