/**
 * Process entry: what a team would put together from Fastify and its plugins to have what a worker of ours has: ids, times,
 * metrics, a limiter, a guard against overload, a cache and a breaker. Its argument, as JSON, names the headers of our
 * answer: those that no plugin makes are sent as they are, so that both servers send the same ones.
 */
import { totalmem } from 'node:os'

import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import { fastify } from 'fastify'
import { LRUCache } from 'lru-cache'
import CircuitBreaker from 'opossum'
import { Counter, Gauge, Histogram } from 'prom-client'

import { BUCKETS_S } from '../../../src/server/metrics/histogram.ts'
import { announce, entryArgument } from './announce.ts'
import { SAMPLE_VALUE } from './sample-value.ts'

/** What our server answers. */
export interface RivalOptions {
  /** Names and values in turn, without those that Node adds. */
  readonly headers: readonly string[]
  readonly keepAliveMs: number
}

interface Stored {
  readonly body: string
  readonly storedAtMs: number
}

/** Set below from what is known of each request. */
const OWN_HEADERS = new Set('content-type content-length x-request-id x-process-time x-cache age'.split(' '))
const LIMITER_HEADERS = ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']

const { headers, keepAliveMs } = entryArgument() as RivalOptions // our parent wrote it
const pairs = headers.flatMap((name, index) =>
  index % 2 === 0 ? [[name.toLowerCase(), headers[index + 1]] as const] : [],
)
const wanted = new Set(pairs.map(([name]) => name))
const limiterHeaders = Object.fromEntries(LIMITER_HEADERS.map((name) => [name, wanted.has(name)]))
const fixedHeaders = Object.fromEntries(pairs.filter(([name]) => !OWN_HEADERS.has(name) && !(name in limiterHeaders)))

const labelNames = ['method', 'route'] as const
const inProgress = new Gauge({ name: 'http_requests_in_progress', help: 'requests under way' })
const requests = new Counter({ name: 'http_requests_total', help: 'requests', labelNames: [...labelNames, 'status'] })
const durations = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'seconds',
  labelNames,
  buckets: [...BUCKETS_S],
})
const lookUps = new Counter({ name: 'cache_lookups_total', help: 'look-ups', labelNames: ['outcome'] })

const cache = new LRUCache<string, Stored>({ max: 1_024, ttl: 3_600_000 })
const breaker = new CircuitBreaker(() => Promise.resolve(JSON.stringify(SAMPLE_VALUE)), {
  timeout: 60_000,
  resetTimeout: 30_000,
  volumeThreshold: 5,
})

const app = fastify({ keepAliveTimeout: keepAliveMs, requestIdHeader: 'x-request-id' })
// Of the memory alone, as our side: the loop is as busy as it can be on purpose.
await app.register(underPressure, { maxRssBytes: Math.floor(totalmem() * 0.99) })
await app.register(rateLimit, {
  max: 1_000_000_000,
  timeWindow: '1 second',
  cache: 10_000,
  enableDraftSpec: true,
  // The first are those of refusals, the second those of all others.
  addHeaders: limiterHeaders,
  addHeadersOnExceeding: limiterHeaders,
})
app.addHook('onRequest', (_, __, done) => {
  inProgress.inc()
  done()
})
app.addHook('onSend', (request, reply, payload, done) => {
  reply.header('x-request-id', request.id)
  reply.header('x-process-time', (reply.elapsedTime / 1_000).toFixed(6))
  reply.headers(fixedHeaders)
  done(null, payload)
})
app.addHook('onResponse', (request, reply, done) => {
  const labels = { method: request.method, route: request.routeOptions.url ?? 'unmatched' }
  inProgress.dec()
  durations.observe(labels, reply.elapsedTime / 1_000)
  requests.inc({ ...labels, status: reply.statusCode })
  done()
})
const json = 'application/json; charset=utf-8'
app.get(
  '/stored',
  {
    preHandler: (request, reply, done) => {
      const stored = cache.get(request.url)
      lookUps.inc({ outcome: stored === undefined ? 'miss' : 'hit' })
      if (stored === undefined) return done()
      const age = Math.floor((performance.now() - stored.storedAtMs) / 1_000)
      reply.header('x-cache', 'HIT').header('age', age).type(json).send(stored.body)
    },
  },
  async (request, reply) => {
    const body = await breaker.fire()
    cache.set(request.url, { body, storedAtMs: performance.now() })
    return reply.header('x-cache', 'MISS').type(json).send(body)
  },
)
app.get('/made', async (_, reply) => reply.type(json).send(await breaker.fire()))
await app.listen({ port: 0, host: '127.0.0.1' })
await announce(app.server)
