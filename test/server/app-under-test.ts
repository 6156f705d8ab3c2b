import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { Agent, IncomingHttpHeaders, OutgoingHttpHeaders, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

import { seededRandom } from '../../src/core/random.ts'
import { createApp } from '../../src/server/app.ts'
import type { App } from '../../src/server/app.ts'
import type { ServerOptions } from '../../src/server/options.ts'
import type { UpstreamOptions } from '../../src/server/options/upstream.ts'
import type { Route } from '../../src/server/router.ts'

/** Where nobody listens: the discard port of a machine without that service. */
const NOWHERE = { name: 'nowhere', url: 'http://127.0.0.1:9' }

export const UPSTREAM: UpstreamOptions = {
  addresses: [NOWHERE],
  timeoutMs: 2_000,
  connectTimeoutMs: 500,
  maxConnections: 10,
  maxPending: 10,
  maxAttempts: 2,
  retryBaseMs: 1,
  retryCapMs: 10,
  breaker: { failureThreshold: 3, recoveryMs: 60_000, halfOpenProbes: 1 },
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
  geocodeCacheEntries: 10,
  cache: null,
  rateLimit: null,
  queue: null,
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

/** An upstream that does what a test says; it ends with the test. */
export async function runUpstream(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return urlOf(server.address())
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

/** Waits until something is true that comes about by itself; fails after 10 s. */
export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + 10_000
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function urlOf(address: AddressInfo | string | null): string {
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return `http://127.0.0.1:${address.port}`
}
