import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'

import { METRICS_CONTENT_TYPE, metricsFormat } from './exposition.ts'
import type { MetricsFormat } from './exposition.ts'

/** A scrape is one short request: whoever needs longer, or comes with more, is no monitoring system. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 75_000,
  maxHeaderSize: 8_192,
} as const
const MAX_CONNECTIONS = 64

/**
 * Serves `/metrics` on a port of its own, in the primary, so that it answers also when all workers are blocked.
 *
 * @param page the metrics as they are now
 * @returns closes the port and all its connections
 * @throws whatever listening fails with, EADDRINUSE for example
 */
export async function startMetricsServer(
  address: { readonly host: string; readonly port: number },
  page: (format: MetricsFormat) => string,
): Promise<() => Promise<void>> {
  const server = createServer(LIMITS, (request, response) => answer(request, response, page))
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // The module cluster must not share this port with anybody.
    server.listen({ ...address, exclusive: true }, () => {
      server.off('error', reject)
      // A connection that could not be accepted is lost; the primary is not to end for it.
      server.on('error', () => undefined)
      resolve()
    })
  })
  return () => close(server)
}

function answer(request: IncomingMessage, response: ServerResponse, page: (format: MetricsFormat) => string): void {
  request.resume()
  const [path] = (request.url ?? '').split('?')
  if (path !== '/metrics') return end(response, 404, 'only /metrics is here\n')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    return end(response, 405, 'only GET and HEAD are possible\n')
  }
  const format = metricsFormat(request.headers.accept)
  end(response, 200, page(format), METRICS_CONTENT_TYPE[format])
}

/** Node itself leaves out the body of an answer to HEAD. */
function end(response: ServerResponse, status: number, body: string, contentType = 'text/plain; charset=utf-8'): void {
  const headers = ['Content-Type', contentType, 'Content-Length', String(Buffer.byteLength(body)), 'Vary', 'Accept']
  response.writeHead(status, headers).end(body)
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
