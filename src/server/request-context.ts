import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Milliseconds } from '../core/clock.ts'
import type { Route } from './router.ts'

const EMPTY = Buffer.alloc(0)

/** One request on its way through the pipeline. */
export class RequestContext {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly startedAtMs: Milliseconds
  readonly path: string
  /** Without the question mark; empty when there is none. */
  readonly query: string
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean
  readonly route: Route
  requestId = ''
  /** Whole, once the body middleware has read it. */
  body: Buffer = EMPTY
  /** Somebody needed the body earlier than others do. */
  isBodyRead = false
  /** Headers for whatever the answer will be: names and values in turn. */
  readonly headers: string[] = []
  #abort: AbortController | undefined
  #onAbort: (() => void)[] | undefined
  #isAborted = false

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    startedAtMs: Milliseconds,
    target: { readonly path: string; readonly query: string; readonly route: Route; readonly expectsContinue: boolean },
  ) {
    this.request = request
    this.response = response
    this.startedAtMs = startedAtMs
    this.path = target.path
    this.query = target.query
    this.route = target.route
    this.expectsContinue = target.expectsContinue
  }

  /** Made when first asked for: most requests never need one. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.#isAborted) this.#abort.abort()
    }
    return this.#abort.signal
  }

  /** Calls `task` when the request is given up, at once when it was already. Cheaper than `signal`. */
  onAbort(task: () => void): void {
    if (this.#isAborted) task()
    else if (this.#onAbort === undefined) this.#onAbort = [task]
    else this.#onAbort.push(task)
  }

  /** The same request as work for several callers: given up only when `signal` says so. */
  shared(signal: AbortSignal): RequestContext {
    const shared = new RequestContext(this.request, this.response, this.startedAtMs, this)
    shared.requestId = this.requestId
    shared.body = this.body
    shared.isBodyRead = this.isBodyRead
    signal.addEventListener('abort', () => shared.abort(), { once: true })
    return shared
  }

  /** Gives the request up: the client is gone or the time is over. */
  abort(): void {
    if (this.#isAborted) return
    this.#isAborted = true
    const tasks = this.#onAbort ?? []
    this.#onAbort = undefined
    for (const task of tasks) task()
    this.#abort?.abort()
  }
}
