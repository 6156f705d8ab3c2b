import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

import { refusal, statusText } from './answer.ts'
import type { Answer, RefusalDetails } from './answer.ts'
import type { LayerCounts } from './metrics/layer-counts.ts'
import { MAX_URL_LENGTH, URI_TOO_LONG } from './middleware/request-guard.ts'

/** What node:http says of a request that it cannot read. */
interface ClientError extends Error {
  readonly code?: string
  /** The piece of the request in which it stopped. */
  readonly rawPacket?: Buffer
}

/** node:http itself looks at the answer that is being made for a connection before it writes an error. */
interface AnsweringSocket extends Duplex {
  readonly _httpMessage?: ServerResponse | null
}

type ClientErrorReason = Exclude<keyof LayerCounts['edge'], 'slow_reader' | 'too_many_connections'>

const STATUS: Readonly<Record<ClientErrorReason, number>> = {
  bad_request: 400,
  request_timeout: 408,
  uri_too_long: 414,
  headers_too_large: 431,
  not_implemented: 501,
}

const DETAILS: Readonly<Record<ClientErrorReason, RefusalDetails>> = {
  bad_request: { detail: 'this is not HTTP/1.1' },
  request_timeout: { detail: 'the request did not arrive in time', retryAfterS: 1 },
  uri_too_long: URI_TOO_LONG,
  headers_too_large: { detail: 'the head of the request is too large' },
  not_implemented: { detail: 'the method is not known' },
}

const METHOD = /^[A-Z]{1,20} /

/**
 * Answers what node:http refuses before it becomes a request in the shape of all other errors, and counts it. The connection
 * is closed then, because nobody knows where the next request would begin.
 *
 * @returns how to stop it
 */
export function answerClientErrors(server: Server, counts: LayerCounts['edge']): () => void {
  const onClientError = (error: ClientError, socket: AnsweringSocket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const reason = reasonOf(error)
    counts[reason]++
    // A client would take it for the answer to what it asked before.
    if (isAnswering(socket)) socket.destroy()
    else write(socket, refusal(STATUS[reason], reason, DETAILS[reason]))
  }
  const onConnect = (_request: IncomingMessage, socket: Duplex): void => {
    counts.not_implemented++
    // Node has let go of the connection, and an error that nobody hears ends the process.
    socket.on('error', () => undefined)
    const headers = ['Allow', 'GET, HEAD, POST']
    write(socket, refusal(405, 'method_not_allowed', { detail: 'this server is no proxy', headers }))
  }
  server.on('clientError', onClientError)
  server.on('connect', onConnect)
  return () => void server.off('clientError', onClientError).off('connect', onConnect)
}

function reasonOf({ code = '', rawPacket }: ClientError): ClientErrorReason {
  const piece = rawPacket?.toString('latin1') ?? ''
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request_timeout'
    case 'HPE_HEADER_OVERFLOW':
      return piece.search(/[\r\n]|$/) > MAX_URL_LENGTH ? 'uri_too_long' : 'headers_too_large'
    case 'HPE_INVALID_METHOD':
      return METHOD.test(piece) ? 'not_implemented' : 'bad_request'
    default:
      return 'bad_request'
  }
}

/** Of a request that has arrived as a whole, so that the error is about one behind it; or of which the client has a part. */
function isAnswering({ _httpMessage: response }: AnsweringSocket): boolean {
  return response !== undefined && response !== null && (response.headersSent || response.req.complete)
}

function write(socket: Duplex, { status, contentType, body, headers = [] }: Answer): void {
  const fields = ['Content-Type', contentType, 'Content-Length', String(Buffer.byteLength(body)), ...headers]
  let head = `HTTP/1.1 ${status} ${statusText(status)}\r\nConnection: close\r\n`
  for (let index = 0; index < fields.length; index += 2) head += `${fields[index]}: ${fields[index + 1]}\r\n`
  socket.end(`${head}\r\n${body.toString()}`, () => socket.destroy())
}
