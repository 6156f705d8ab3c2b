/** The other side ended the connection before the whole answer, without a reset. */
export const CLOSED = 'CLOSED'
/** What came back cannot be read as HTTP. */
export const NOT_HTTP = 'NOT_HTTP'

/** The code under which reports count what went wrong on a connection: that of the system or of TLS, such as `ECONNREFUSED`. */
export function connectionErrorCode(error: Error): string {
  const { code } = error as { code?: unknown } // errors of node carry one
  return typeof code === 'string' ? code : error.name
}
