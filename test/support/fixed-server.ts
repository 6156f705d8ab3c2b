import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** A server whose latency is known. */
export interface FixedServer {
  readonly url: string
  /** Requests that arrived so far. */
  readonly seen: () => number
  readonly close: () => Promise<void>
}

/**
 * Answers every request after exactly `delayMs`, or all that arrive while it stalls when the stall ends.
 *
 * @param options.stall from the n-th request on, nothing is answered for `forMs`; once
 */
export async function startFixedServer(options: {
  readonly delayMs: number
  readonly status?: number
  readonly stall?: { readonly atRequest: number; readonly forMs: number }
}): Promise<FixedServer> {
  let seen = 0
  let stalledUntilMs = 0
  const server: Server = createServer((request, response) => {
    request.resume()
    seen++
    if (seen === options.stall?.atRequest) stalledUntilMs = performance.now() + options.stall.forMs
    const waitMs = Math.max(options.delayMs, stalledUntilMs - performance.now())
    const answer = (): void => {
      response.writeHead(options.status ?? 200, { 'content-type': 'text/plain', 'content-length': 2 })
      response.end('ok')
    }
    if (waitMs <= 0) answer()
    else setTimeout(answer, waitMs)
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    seen: () => seen,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
