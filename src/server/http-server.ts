import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import type { Milliseconds } from '../core/clock.ts'

/** Node looks this often for clients that send too slowly; its default of 30 s lets them live as long. */
const SLOW_CLIENT_CHECK_MS: Milliseconds = 1_000

/** How long a client that is refused may go on to send what nobody reads. */
const LINGER_MS: Milliseconds = 2_000

/** How a server of node:http is made so that it refuses what it can by itself, and leaves the rest to us. */
export function httpServerOptions(maxHeaderBytes: number): ServerOptions {
  return {
    connectionsCheckingInterval: SLOW_CLIENT_CHECK_MS,
    maxHeaderSize: maxHeaderBytes,
    // Node would answer without a body.
    requireHostHeader: false,
    // Otherwise the first of several Host or Authorization headers counts, and others may have looked at the last.
    joinDuplicateHeaders: true,
  }
}

/**
 * Path and query of what a client asked for: a proxy may be sent the whole address, and so may we.
 *
 * @see RFC 9112, section 3.2.2
 */
export function originForm(url: string): string {
  if (url.startsWith('/')) return url
  const origin = /^https?:\/\/[^/?#]*/i.exec(url)?.[0]
  if (origin === undefined) return url
  const rest = url.slice(origin.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/**
 * To be called when an answer has been handed over: has its connection time out while the client reads nothing of it. Costs
 * nothing when all of it has gone out, as most have.
 */
export function cutSlowReader(request: IncomingMessage, response: ServerResponse, writeTimeoutMs: Milliseconds): void {
  const { socket } = request
  if (socket.writableLength > 0) watchWriting(socket, request, response, writeTimeoutMs)
  else if (response.socket === null && !response.writableFinished) {
    // It waits for those before it.
    response.once('socket', (given: Socket) => watchWriting(given, request, response, writeTimeoutMs))
  }
}

/**
 * Node starts the time again whenever something goes out, but also when anything comes in. So nothing is read meanwhile: a client
 * that sends blank lines could hold its answer for ever. What is left of its request still is.
 */
function watchWriting(
  socket: Socket,
  request: IncomingMessage,
  response: ServerResponse,
  writeTimeoutMs: Milliseconds,
): void {
  let isPaused = false
  const pause = (): void => {
    if (response.writableFinished || socket.destroyed) return
    isPaused = true
    socket.pause()
  }
  socket.setTimeout(writeTimeoutMs)
  // Node goes on reading at the end of each request.
  setImmediate(() => {
    if (request.complete) pause()
    else request.once('end', () => setImmediate(pause)).resume()
  })
  // Before Node sets the time for an idle connection, or begins the next answer.
  response.prependOnceListener('finish', () => {
    socket.setTimeout(0)
    if (isPaused) socket.resume()
  })
}

/** The rest of a refused body up to this size is read and thrown away, so that the connection can be used again. */
const MAX_DRAINED_BYTES = 65_536

/** Whether the rest of a request is short enough to be read for nothing; a body of unknown length may have no end. */
export function isWorthDraining({ complete, headers }: IncomingMessage): boolean {
  if (complete) return true
  if (headers['transfer-encoding'] !== undefined) return false
  return Number(headers['content-length'] ?? 0) <= MAX_DRAINED_BYTES
}

/**
 * Sends an answer that closes its connection while the request is still coming: all of the answer goes out, but the connection
 * stays open for the rest of the request, which is thrown away, for two seconds at most. Closed at once it would be reset by
 * what comes next, and most clients would lose their answer.
 *
 * @see RFC 9112, section 9.6
 */
export function endAfterRest(request: IncomingMessage, response: ServerResponse, body: string | Buffer): void {
  const end = (): void => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, LINGER_MS).unref()
  request.once('end', end).once('close', end).resume()
  if (body.length > 0) response.write(body)
  else response.flushHeaders()
}
