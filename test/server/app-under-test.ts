import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { Agent, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

import { seededRandom } from '../../src/core/random.ts'
import { createApp } from '../../src/server/app.ts'
import type { App } from '../../src/server/app.ts'
import type { ServerOptions } from '../../src/server/options.ts'
import type { CompressionOptions } from '../../src/server/options/compression.ts'
import type { QueueOptions } from '../../src/server/options/queue.ts'
import type { RateLimitOptions } from '../../src/server/options/rate-limit.ts'
import type { Route } from '../../src/server/router.ts'
import { UPSTREAM } from '../support/upstreams.ts'

export { until } from '../support/until.ts'
export { runUpstream } from '../support/upstreams.ts'
export { UPSTREAM }

/** Compression with the limits of the documents. */
export const COMPRESSION: CompressionOptions = { minBytes: 1_000, gzipLevel: 6, maxLoopFraction: 0 }

/** Two requests an hour. */
export const RATE_LIMIT: RateLimitOptions = {
  count: 2,
  periodMs: 3_600_000,
  maxClients: 10,
  ipv6Prefix: 64,
  trustedProxies: [],
}

/** A queue for one request that runs and one that waits. */
export const QUEUE: QueueOptions = {
  concurrency: 1,
  isAdaptive: false,
  capacity: 1,
  waitTimeoutMs: 5_000,
  newestFirstAfterMs: 5_000,
  state: null,
}

/** Everything that can be switched off is off. */
export const PLAIN: ServerOptions = {
  host: '127.0.0.1',
  port: 0,
  reusePort: false,
  workers: 1,
  gracefulTimeoutMs: 2_000,
  workerTimeoutMs: 60_000,
  recycle: { maxRequests: 0, maxRequestsJitter: 0, maxAgeMs: 0, maxRssBytes: 0 },
  keepAliveMs: 5_000,
  maxRequestBytes: 10_000,
  requestTimeoutMs: 5_000,
  http: { maxHeaderBytes: 16_384, writeTimeoutMs: 5_000, maxConnections: 0, maxConnectionsPerClient: 0 },
  geocodeCacheEntries: 10,
  cache: null,
  rateLimit: null,
  queue: null,
  pressure: null,
  compression: null,
  cpuThreads: null,
  metrics: null,
  logLevel: 'off',
  database: null,
  upstream: UPSTREAM,
}

export interface RunningApp extends App {
  readonly url: string
}

/** The app in this process on a port of its own; it ends with the test. */
export async function runApp(
  t: TestContext,
  options: Partial<ServerOptions> = {},
  routes: readonly Route[] = [],
  onError: (error: unknown) => void = () => undefined,
): Promise<RunningApp> {
  const app = createApp({ ...PLAIN, ...options }, { random: seededRandom(1), routes, onError })
  app.server.listen(0, '127.0.0.1')
  await once(app.server, 'listening')
  t.after(async () => {
    app.server.closeAllConnections()
    await app.drain(0)
  })
  return { ...app, url: urlOf(app.server.address()) }
}

export interface Received {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** One request as it is written here: nothing is added, decoded or repeated. */
export function send(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
    signal,
    agent = false,
  }: {
    method?: string
    headers?: OutgoingHttpHeaders
    body?: string
    signal?: AbortSignal
    /** Without one the connection is used once. */
    agent?: Agent | false
  } = {},
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent, ...(signal === undefined ? {} : { signal }) })
    request.once('error', reject)
    request.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) })
      })
    })
    request.end(body)
  })
}

export function jsonOf({ body }: Received): Record<string, unknown> {
  return JSON.parse(body.toString()) as Record<string, unknown>
}

function urlOf(address: AddressInfo | string | null): string {
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return `http://127.0.0.1:${address.port}`
}
