import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

import type { Clock } from '../../src/core/clock.ts'
import { seededRandom } from '../../src/core/random.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import type { UpstreamFigures } from '../../src/server/messages.ts'
import type { UpstreamOptions } from '../../src/server/options/upstream.ts'
import type { UpstreamRequest } from '../../src/server/upstream/call.ts'
import type { UpstreamOutcome } from '../../src/server/upstream/failover.ts'
import { Upstreams } from '../../src/server/upstream/upstreams.ts'

/** Where nobody listens: the discard port of a machine without that service. */
const NOWHERE = { name: 'nowhere', url: 'http://127.0.0.1:9' }

/** Small and quick; nothing is checked by itself. */
export const UPSTREAM: UpstreamOptions = {
  addresses: [NOWHERE],
  preference: [],
  timeoutMs: 2_000,
  connectTimeoutMs: 500,
  headersTimeoutMs: 2_000,
  bodyTimeoutMs: 2_000,
  maxConnections: 10,
  maxIdleConnections: 10,
  maxSharedConnections: 10,
  maxPending: 10,
  dnsTtlMs: 60_000,
  maxAttempts: 2,
  retryBaseMs: 1,
  retryCapMs: 10,
  retryFraction: 0.2,
  minRetries: 3,
  health: null,
  isDegradedAllowed: false,
  breaker: { failureThreshold: 3, recoveryMs: 60_000, halfOpenProbes: 1 },
}

/** The request of a test, to which nothing happens when it is made twice. */
export const REQUEST: UpstreamRequest = { path: '/v1/generate', body: '{"ask":1}', isRepeatable: true }

/** An upstream that does what a test says, on a free port or that one; it ends with the test. */
export async function startUpstream(t: TestContext, listener: RequestListener, port = 0): Promise<Server> {
  const server = createServer(listener).listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return server
}

/** The same; its address. */
export async function runUpstream(t: TestContext, listener: RequestListener): Promise<string> {
  return urlOf(await startUpstream(t, listener))
}

export function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP
}

/** Upstreams that are called without a server around them. */
export interface CalledUpstreams {
  readonly upstreams: Upstreams
  /** Within 3 s, unless said otherwise. */
  readonly call: (changes?: Partial<UpstreamRequest>, options?: CallOptions) => Promise<UpstreamOutcome>
  readonly figuresOf: (name: string) => UpstreamFigures
}

interface CallOptions {
  readonly withinMs?: number
  readonly signal?: AbortSignal
}

/** Upstreams `a`, `b` … that do what their listeners say; they end with the test, and must leave nothing behind. */
export async function callUpstreams(
  t: TestContext,
  listeners: readonly RequestListener[],
  options: Partial<UpstreamOptions> = {},
  clock: Clock = systemClock,
): Promise<CalledUpstreams> {
  const urls = await Promise.all(listeners.map((listener) => runUpstream(t, listener)))
  const addresses = urls.map((url, index) => ({ name: String.fromCodePoint(97 + index), url }))
  return callAddresses(t, { addresses, ...options }, clock)
}

/** The same at addresses that a test knows. */
export function callAddresses(
  t: TestContext,
  options: Partial<UpstreamOptions>,
  clock: Clock = systemClock,
): CalledUpstreams {
  const sweep = new DeadlineSweep(clock)
  const upstreams = new Upstreams({ ...UPSTREAM, ...options }, clock, seededRandom(1), sweep)
  t.after(async () => {
    await upstreams.close()
    if (sweep.size > 0) throw new Error(`${sweep.size} deadlines are left`)
  })
  const forEver = new AbortController().signal
  return {
    upstreams,
    call: (changes = {}, { withinMs = 3_000, signal = forEver } = {}) =>
      upstreams.call({ ...REQUEST, ...changes }, clock.now() + withinMs, signal),
    figuresOf: (wanted) => {
      const figures = upstreams.figures().find(({ name }) => name === wanted)
      if (figures === undefined) throw new Error(`there is no upstream ${wanted}`)
      return figures
    },
  }
}
