/** The other side ended the connection before the whole answer, without a reset. */
export const CLOSED = 'CLOSED'
/** What came back cannot be read as HTTP. */
export const NOT_HTTP = 'NOT_HTTP'

/** undici's names of what node, or we, call otherwise. */
const OUR_NAMES: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: CLOSED,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: CLOSED,
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_HEADERS_OVERFLOW: NOT_HTTP,
}

/**
 * The code under which reports count what went wrong on a connection, the same for both engines: `CLOSED`, `NOT_HTTP`, or
 * that of the system or of TLS, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`.
 */
export function connectionErrorCode(error: Error): string {
  const { code } = error as { code?: unknown } // errors of node and undici carry one, those of undici's parser do not
  if (typeof code === 'string') return OUR_NAMES[code] ?? code
  if (error.name !== 'HTTPParserError') return error.name
  return error.message.includes('EOF') ? CLOSED : NOT_HTTP
}
