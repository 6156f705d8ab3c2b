import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'

import type { Clock, Milliseconds } from '../core/clock.ts'
import { bodyBytes, isBodiless, refusal } from './answer.ts'
import type { Answer } from './answer.ts'
import { cutSlowReader, endAfterRest, httpServerOptions, isWorthDraining, originForm } from './http-server.ts'
import { connectionsOf } from './open-connections.ts'
import type { OpenConnections } from './open-connections.ts'
import type { HttpOptions } from './options/http.ts'
import type { Next } from './pipeline.ts'
import { RequestContext } from './request-context.ts'
import type { Route, Router } from './router.ts'

/** The limits of connections. */
export interface HttpFrontOptions {
  /** 0: connections are closed after each answer. */
  readonly keepAliveMs: Milliseconds
  readonly requestTimeoutMs: Milliseconds
  readonly gracefulTimeoutMs: Milliseconds
  readonly http: HttpOptions
}

/** What the front tells whoever made it. */
export interface HttpFrontEvents {
  /** A request has come to its end, also one whose client is gone. */
  readonly onEnded: () => void
  /** A handler has thrown; the client learns only that something went wrong. */
  readonly onError: (error: unknown, requestId: string) => void
  /** So many pipelined requests will not be answered, because an answer before them closes their connection. */
  readonly onDiscarded: (requests: number) => void
}

const MAX_HEADERS_MS: Milliseconds = 60_000

/** Sits between node:http and the pipeline: finds the route, runs the chain, writes the answer. */
export class HttpFront {
  /** Not listening yet, unless it is that of another front. */
  readonly server: Server
  readonly #router: Router
  readonly #chain: Next
  readonly #clock: Clock
  readonly #options: HttpFrontOptions
  readonly #events: HttpFrontEvents
  readonly #connections: OpenConnections
  #underWay = 0
  #onIdle: (() => void) | undefined
  #drained: Promise<void> | undefined

  /** @param listening a server that another front has left or is about to leave; without it there will be a new one */
  constructor(
    router: Router,
    chain: Next,
    clock: Clock,
    options: HttpFrontOptions,
    events: HttpFrontEvents,
    listening?: Server,
  ) {
    this.#router = router
    this.#chain = chain
    this.#clock = clock
    this.#options = options
    this.#events = events
    this.server = listening ?? createServer(httpServerOptions(options.http.maxHeaderBytes))
    this.server.keepAliveTimeout = options.keepAliveMs
    this.server.requestTimeout = options.requestTimeoutMs
    this.server.headersTimeout = Math.min(options.requestTimeoutMs, MAX_HEADERS_MS)
    this.#connections = connectionsOf(this.server)
    this.server.on('request', this.#onRequest)
    this.server.on('checkContinue', this.#onCheckContinue)
  }

  get isDraining(): boolean {
    return this.#drained !== undefined
  }

  /**
   * Stops accepting, lets what is under way end within `gracefulTimeoutMs`, then closes what is left.
   *
   * @param lingerMs how long idle connections stay open for requests that are on their way; it takes at least so long,
   *   because connections that the primary has handed over may be on their way too
   */
  drain(lingerMs: Milliseconds): Promise<void> {
    if (!this.server.listening && this.#drained === undefined) return Promise.resolve()
    this.#connections.isDraining = true
    return (this.#drained ??= this.#close(lingerMs))
  }

  async #close(lingerMs: Milliseconds): Promise<void> {
    const lingered = new Promise((resolve) => setTimeout(resolve, lingerMs))
    await new Promise<void>((resolve) => {
      // http.Server.close() would not wait for lingerMs.
      NetServer.prototype.close.call(this.server, () => resolve())
      // What has arrived by now must be read before it can be seen who is idle.
      void lingered.then(() => setImmediate(() => this.#closeIdleConnections()))
      const giveUp = setTimeout(() => this.server.closeAllConnections(), this.#options.gracefulTimeoutMs + lingerMs)
      this.server.once('close', () => clearTimeout(giveUp))
    })
    await lingered
  }

  /**
   * Leaves the server, which goes on listening with its connections, to another front that was made with it. Resolves when
   * everything that was under way here has been answered, at the latest after `gracefulTimeoutMs`.
   */
  async leave(): Promise<void> {
    this.server.off('request', this.#onRequest)
    this.server.off('checkContinue', this.#onCheckContinue)
    if (this.#underWay === 0) return
    await new Promise<void>((resolve) => {
      const giveUp = setTimeout(resolve, this.#options.gracefulTimeoutMs)
      this.#onIdle = () => {
        clearTimeout(giveUp)
        resolve()
      }
    })
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse): void =>
    this.#serve(request, response, false)

  readonly #onCheckContinue = (request: IncomingMessage, response: ServerResponse): void =>
    this.#serve(request, response, true)

  #closeIdleConnections(): void {
    this.server.closeIdleConnections()
    this.#connections.closeSilent()
  }

  #serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const { socket } = request
    // Node gives the socket to the first of the answers that wait for it.
    const isPipelined = response.socket === null
    if ((isPipelined || socket.writableEnded) && this.#connections.isClosing(socket)) {
      return this.#events.onDiscarded(1)
    }
    if (isPipelined) this.#connections.addPipelined(socket, response)
    const url = originForm(request.url ?? '/')
    const split = url.indexOf('?')
    const path = split === -1 ? url : url.slice(0, split)
    const query = split === -1 ? '' : url.slice(split + 1)
    const method = request.method ?? 'GET'
    const match = this.#router.match(method, path, request)
    const route = match.route ?? strangerRoute(method, match.allowed)
    const context = new RequestContext(request, response, this.#clock.now(), { path, query, route, expectsContinue })
    this.#underWay++
    let answer: Answer | Promise<Answer>
    try {
      answer = this.#chain(context)
    } catch (error) {
      answer = this.#internalError(error, context)
    }
    if (!(answer instanceof Promise)) return this.#send(context, answer)
    response.once('close', () => {
      if (!response.writableFinished) context.abort()
    })
    answer.then(
      (settled) => this.#send(context, settled),
      (error: unknown) => this.#send(context, this.#internalError(error, context)),
    )
  }

  #send(context: RequestContext, answer: Answer): void {
    const { headers, request, response } = context
    this.#underWay--
    if (this.#underWay === 0) this.#onIdle?.()
    this.#events.onEnded()
    if (response.destroyed) return
    try {
      this.#write(context, answer)
    } catch (error) {
      // Headers from elsewhere may hold what none may hold, and then nothing of the answer has gone out.
      const instead = this.#internalError(error, context)
      if (response.headersSent) return void response.destroy()
      headers.length = 0
      this.#write(context, { ...instead, headers: [...(instead.headers ?? []), 'Connection', 'close'] })
    }
    cutSlowReader(request, response, this.#options.http.writeTimeoutMs)
  }

  /** @throws when a header has a name or a value that no header may have; then nothing was sent */
  #write(context: RequestContext, answer: Answer): void {
    const { headers, request, response } = context
    if (!isBodiless(answer))
      headers.push('Content-Type', answer.contentType, 'Content-Length', String(bodyBytes(answer)))
    if (answer.headers !== undefined) headers.push(...answer.headers)
    const isRestLeft = !isWorthDraining(request)
    const discarded = this.#endConnection(context, answer, isRestLeft)
    response.writeHead(answer.status, headers)
    if (discarded > 0) this.#events.onDiscarded(discarded)
    const body = request.method === 'HEAD' || isBodiless(answer) ? '' : answer.body
    if (!request.complete && (isRestLeft || saysClose(answer))) endAfterRest(request, response, body)
    else endWith(response, body)
  }

  /**
   * Has the answer close its connection when that is not to stay open, or when more of the request comes than is worth reading.
   * Requests that have come behind it are waited for, unless the answer itself says that it closes; those that come later are
   * thrown away.
   *
   * @returns how many requests behind it are thrown away
   * @see RFC 9112, 9.6: whoever closes a connection must not process what comes on it afterwards
   */
  #endConnection(
    { headers, request: { socket }, response }: RequestContext,
    answer: Answer,
    isRestLeft: boolean,
  ): number {
    const isToClose = this.#connections.isDraining || this.#options.keepAliveMs === 0
    const closesItself = isRestLeft || saysClose(answer)
    if (!isToClose && !closesItself) return 0
    const behind = this.#connections.countBehind(socket, response)
    if (!closesItself && behind > 0) return 0
    if (!saysClose(answer)) headers.push('Connection', 'close')
    this.#connections.markClosing(socket)
    return behind
  }

  #internalError(error: unknown, { requestId }: RequestContext): Answer {
    this.#events.onError(error, requestId)
    return refusal(500, 'internal_error', { detail: 'the request could not be processed' })
  }
}

/** Up to so many bytes are cheaper to send as text, because Node then sends head and body in one piece. */
const MAX_TEXT_BYTES = 8_192

function endWith(response: ServerResponse, body: string | Buffer): void {
  if (typeof body === 'string' || body.length > MAX_TEXT_BYTES) response.end(body)
  else response.end(body.toString('latin1'), 'latin1')
}

function saysClose({ headers }: Answer): boolean {
  return headers?.includes('Connection') === true
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
