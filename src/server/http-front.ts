import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'

import type { Clock, Milliseconds } from '../core/clock.ts'
import { bodyBytes, refusal } from './answer.ts'
import type { Answer } from './answer.ts'
import type { Next } from './pipeline.ts'
import { RequestContext } from './request-context.ts'
import type { Route, Router } from './router.ts'

/** The limits of connections. */
export interface HttpFrontOptions {
  /** 0: connections are closed after each answer. */
  readonly keepAliveMs: Milliseconds
  readonly requestTimeoutMs: Milliseconds
  readonly gracefulTimeoutMs: Milliseconds
}

/** What the front tells whoever made it. */
export interface HttpFrontEvents {
  /** A request has come to its end, also one whose client is gone. */
  readonly onEnded: () => void
  /** A handler has thrown; the client learns only that something went wrong. */
  readonly onError: (error: unknown) => void
}

/** Node looks this often for clients that send too slowly; its default of 30 s lets them live as long. */
const SLOW_CLIENT_CHECK_MS: Milliseconds = 1_000
const MAX_HEADERS_MS: Milliseconds = 60_000

/** Sits between node:http and the pipeline: finds the route, runs the chain, writes the answer. */
export class HttpFront {
  /** Not listening yet. */
  readonly server: Server
  readonly #router: Router
  readonly #chain: Next
  readonly #clock: Clock
  readonly #options: HttpFrontOptions
  readonly #events: HttpFrontEvents
  #isDraining = false

  constructor(router: Router, chain: Next, clock: Clock, options: HttpFrontOptions, events: HttpFrontEvents) {
    this.#router = router
    this.#chain = chain
    this.#clock = clock
    this.#options = options
    this.#events = events
    this.server = createServer({
      keepAliveTimeout: options.keepAliveMs,
      requestTimeout: options.requestTimeoutMs,
      headersTimeout: Math.min(options.requestTimeoutMs, MAX_HEADERS_MS),
      connectionsCheckingInterval: SLOW_CLIENT_CHECK_MS,
    })
    this.server.on('request', (request, response) => this.#serve(request, response, false))
    this.server.on('checkContinue', (request, response) => this.#serve(request, response, true))
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  /**
   * Stops accepting, lets what is under way end within `gracefulTimeoutMs`, then closes what is left.
   *
   * @param lingerMs how long idle connections stay open for requests that are on their way
   */
  async drain(lingerMs: Milliseconds): Promise<void> {
    if (this.#isDraining || !this.server.listening) return
    this.#isDraining = true
    await new Promise<void>((resolve) => {
      // http.Server.close() would not wait for lingerMs.
      NetServer.prototype.close.call(this.server, () => resolve())
      const linger = setTimeout(() => this.server.closeIdleConnections(), lingerMs)
      const giveUp = setTimeout(() => this.server.closeAllConnections(), this.#options.gracefulTimeoutMs + lingerMs)
      this.server.once('close', () => {
        clearTimeout(linger)
        clearTimeout(giveUp)
      })
    })
  }

  #serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const url = request.url ?? '/'
    const split = url.indexOf('?')
    const path = split === -1 ? url : url.slice(0, split)
    const query = split === -1 ? '' : url.slice(split + 1)
    const method = request.method ?? 'GET'
    const match = this.#router.match(method, path)
    const route = match.route ?? strangerRoute(method, match.allowed)
    const context = new RequestContext(request, response, this.#clock.now(), { path, query, route, expectsContinue })
    let answer: Answer | Promise<Answer>
    try {
      answer = this.#chain(context)
    } catch (error) {
      answer = this.#internalError(error)
    }
    if (!(answer instanceof Promise)) return this.#send(context, answer)
    response.once('close', () => {
      if (!response.writableFinished) context.abort()
    })
    answer.then(
      (settled) => this.#send(context, settled),
      (error: unknown) => this.#send(context, this.#internalError(error)),
    )
  }

  #send({ headers, request, response }: RequestContext, answer: Answer): void {
    this.#events.onEnded()
    if (response.destroyed) return
    headers.push('Content-Type', answer.contentType, 'Content-Length', String(bodyBytes(answer)))
    if (answer.headers !== undefined) headers.push(...answer.headers)
    if (this.#isDraining || this.#options.keepAliveMs === 0) headers.push('Connection', 'close')
    response.writeHead(answer.status, headers)
    response.end(request.method === 'HEAD' ? undefined : answer.body)
  }

  #internalError(error: unknown): Answer {
    this.#events.onError(error)
    return refusal(500, 'internal_error', { detail: 'the request could not be processed' })
  }
}

/** For paths and methods that do not exist; goes through the same pipeline, so that probing is limited too. */
function strangerRoute(method: string, allowed: readonly string[]): Route {
  const answer =
    allowed.length === 0
      ? refusal(404, 'not_found', { detail: 'no such path' })
      : refusal(405, 'method_not_allowed', {
          detail: `${method} is not possible here`,
          headers: ['Allow', allowed.join(', ')],
        })
  return { method: 'GET', path: '', handle: () => answer }
}
