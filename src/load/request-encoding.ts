import type { PlannedRequest } from '../core/workload.ts'

/**
 * A request as it is written to a connection that is kept, byte for byte as autocannon encodes one.
 *
 * @param host what the `host` header says, unless the request has its own
 */
export function encodeRequest({ method, path, headers, body }: PlannedRequest, host: string): Buffer {
  let head = `${method} ${path} HTTP/1.1\r\n`
  if (headers['host'] === undefined) head += `Host: ${host}\r\n`
  head += 'Connection: keep-alive\r\n'
  for (const name in headers) if (name !== 'content-length') head += `${name}: ${headers[name]}\r\n`
  const length = body === undefined ? 0 : Buffer.byteLength(body)
  return Buffer.from(length === 0 ? `${head}\r\n` : `${head}Content-Length: ${length}\r\n\r\n${body}`)
}
