import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'

import type { Milliseconds } from '../core/clock.ts'
import type { PlannedRequest } from '../core/workload.ts'
import { repairParser } from './autocannon-parser.ts'
import type { AutocannonClient } from './autocannon-types.ts'
import { BodySearch } from './body-search.ts'
import { CLOSED, connectionErrorCode, NOT_HTTP } from './connection-error.ts'
import { classify } from './outcome.ts'
import type { Recorder } from './recorder.ts'

/** After a refused connection: doubled from the first to the second, so that a dead target does not become a busy loop. */
const MIN_BACKOFF_MS: Milliseconds = 10
const MAX_BACKOFF_MS: Milliseconds = 250
/** Switches autocannon's own time-out off: it counts whole seconds, from the last write instead of the request. */
const NEVER_MS: Milliseconds = 2 ** 30

/** What all connections of a phase share. */
export interface ConnectionContext {
  readonly origin: URL
  readonly requests: readonly PlannedRequest[]
  readonly insecure: boolean
  readonly recorder: Recorder
  readonly nextRoute: () => number
  readonly isSending: () => boolean
  readonly onOpened: () => void
}

/** The request that a connection was opened for or carries. */
interface Pending {
  readonly route: number
  /** When it was written; until then, when its connection was begun. */
  startMs: Milliseconds
}

/**
 * One client of autocannon 9.0.0 with its defects repaired, through the public `setupClient` hook but by private members:
 * that is why its version is pinned.
 *
 * Repaired: requests that stay queued when a connection ends, and shift every later latency; `Connection: close` that is
 * not honoured; 1xx answers that end the process; HEAD, 204 and 304 with a length, and bodies that end with the
 * connection, none of which ever complete; reconnecting without pause when refused; bodies gathered as text; parser errors
 * and time-outs that are in no latency; the set-up of a connection in its first latency; certificates never verified.
 */
export class RepairedConnection {
  readonly #client: AutocannonClient
  readonly #context: ConnectionContext
  /** What is written for each route, as autocannon encodes it. */
  readonly #encoded: readonly Buffer[]
  readonly #searches: readonly (BodySearch | undefined)[]
  #socket: Socket | undefined
  #isConnected = false
  #pending: Pending | undefined
  #mustReconnect = false
  #isCached = false
  #errorCode: string | undefined
  #backoffMs: Milliseconds = 0
  #retry: NodeJS.Timeout | undefined
  #isClosed = false

  /** Called from the constructor of `client`, before it sets its parser up. */
  constructor(client: AutocannonClient, context: ConnectionContext) {
    this.#client = client
    this.#context = context
    this.#encoded = client.requestIterator.requests.map((request) => request.requestBuffer)
    this.#searches = context.requests.map(({ expect }) =>
      expect.bodyContains === undefined ? undefined : new BodySearch(expect.bodyContains),
    )
    client.timeout = NEVER_MS
    client.pipelinedRequests.addBody = (piece) => this.#search?.push(piece)
    client.on('response', (statusCode: number, _bytes: number, durationMs: Milliseconds) =>
      this.#onAnswer(statusCode, durationMs),
    )
    // Not before all bytes that came with the last answer are read: what else is among them answers nothing.
    client._doRequest = () => undefined
    client._connect = () => {
      client._connect = () => undefined
      repairParser(client, {
        method: () => (this.#pending === undefined ? undefined : context.requests[this.#pending.route]?.method),
        onHead: (isCached, isLast) => {
          this.#isCached = isCached
          this.#mustReconnect = isLast
        },
        onUnasked: () => {
          this.#mustReconnect = true
        },
      })
      this.#next()
    }
  }

  /** Gives the request up that began `timeoutMs` or more before `nowMs`, and its connection with it. */
  timeOut(nowMs: Milliseconds, timeoutMs: Milliseconds): void {
    const pending = this.#pending
    if (pending === undefined || nowMs - pending.startMs < timeoutMs) return
    const tookMs = nowMs - pending.startMs
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

  get #search(): BodySearch | undefined {
    return this.#pending === undefined ? undefined : this.#searches[this.#pending.route]
  }

  /** Sends the next request: on this connection, or on a new one when there is none or it may not be used again. */
  #next(): void {
    if (this.#isClosed || !this.#context.isSending()) return
    const route = this.#context.nextRoute()
    this.#context.recorder.send(route)
    this.#pending = { route, startMs: performance.now() }
    if (this.#isConnected) this.#write(this.#pending)
    else this.#connect()
  }

  #write(pending: Pending): void {
    this.#isCached = false
    this.#search?.restart()
    pending.startMs = performance.now()
    this.#client.pipelinedRequests.insertRequest({})
    this.#socket?.write(this.#encoded[pending.route] as Buffer) // one per route
  }

  #connect(): void {
    const { protocol, hostname, port } = this.#context.origin
    const isSecure = protocol === 'https:'
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    const address = { host, port: Number(port) || (isSecure ? 443 : 80), noDelay: true }
    const socket = isSecure
      ? connectSecure({
          ...address,
          rejectUnauthorized: !this.#context.insecure,
          ...(isIP(host) === 0 ? { servername: host } : {}),
        })
      : connectPlain(address)
    this.#socket = socket
    this.#client.conn = socket
    this.#errorCode = undefined
    this.#client.parser.initialize('RESPONSE')
    socket.once(isSecure ? 'secureConnect' : 'connect', () => this.#onConnected(socket))
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
    if (this.#pending !== undefined) return
    if (this.#mustReconnect) this.#disconnect()
    this.#next()
  }

  #onUnreadable(): void {
    this.#mustReconnect = true
    const pending = this.#takePending()
    if (pending === undefined) return
    const tookMs = performance.now() - pending.startMs
    this.#context.recorder.failUnreadable(pending.route, NOT_HTTP, tookMs, tookMs)
  }

  #onAnswer(statusCode: number, durationMs: Milliseconds): void {
    const bodyIsRight = this.#search?.isFound ?? true
    const pending = this.#takePending()
    if (pending === undefined) return
    const { recorder, requests } = this.#context
    const outcome = classify(statusCode, bodyIsRight, requests[pending.route]?.expect ?? {})
    recorder.answer(pending.route, { outcome, statusCode, isCached: this.#isCached }, durationMs, durationMs)
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

  #takePending(): Pending | undefined {
    const pending = this.#pending
    this.#pending = undefined
    return pending
  }

  /** Leaves the connection and what belongs to it behind; its late events find another socket and do nothing. */
  #disconnect(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#isConnected = false
    this.#mustReconnect = false
    this.#pending = undefined
    this.#client.pipelinedRequests.clear()
    socket?.destroy()
  }
}
