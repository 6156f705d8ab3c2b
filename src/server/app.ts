import type { Server } from 'node:http'

import type { Clock, Milliseconds } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import { systemClock } from '../host/system-clock.ts'
import { ClientLimiter } from '../resilience/client-limiter.ts'
import { DeadlineSweep } from '../resilience/deadline.ts'
import { RequestQueue } from '../resilience/request-queue.ts'
import { ResponseCache } from '../resilience/response-cache.ts'
import { Geocoder } from './geocoder.ts'
import { HttpFront } from './http-front.ts'
import type { WorkerStats } from './messages.ts'
import { admission } from './middleware/admission.ts'
import { readBody } from './middleware/body.ts'
import { responseCache, STORED_ANSWER_TRAITS } from './middleware/cache.ts'
import type { StoredAnswer } from './middleware/cache.ts'
import { compression } from './middleware/compression.ts'
import { deadline } from './middleware/deadline.ts'
import { processTime } from './middleware/process-time.ts'
import { rateLimit } from './middleware/rate-limit.ts'
import { requestId } from './middleware/request-id.ts'
import type { RateLimitOptions, ServerOptions } from './options.ts'
import { compose } from './pipeline.ts'
import { Router } from './router.ts'
import type { Route } from './router.ts'
import { adsRoute } from './routes/ads.ts'
import { endpointRoute } from './routes/endpoint.ts'
import { healthRoutes } from './routes/health.ts'
import { searchRoute } from './routes/search.ts'
import { statsRoute } from './routes/stats.ts'
import { workRoute } from './routes/work.ts'
import { Upstreams } from './upstreams.ts'

/** What an app gets from its process; time and randomness are the real ones unless said otherwise. */
export interface AppParts {
  readonly clock?: Clock
  readonly random?: Random
  /** Called after each request with their number so far. */
  readonly onEnded?: (requests: number) => void
  /** Called with what a handler has thrown; its client gets 500 and no more. */
  readonly onError?: (error: unknown) => void
  /** Served besides the bundled routes. */
  readonly routes?: readonly Route[]
}

/** The whole server of one process. */
export interface App {
  /** Not listening yet. */
  readonly server: Server
  readonly stats: () => WorkerStats
  /**
   * Stops accepting, lets what is under way end within the graceful timeout, and closes the upstream connections.
   * Idle connections stay open for `lingerMs`.
   */
  readonly drain: (lingerMs: Milliseconds) => Promise<void>
}

/** Waiters of one flight cost little; beyond this many the upstream is beyond help. */
const MAX_CACHE_WAITERS = 10_000
const REQUEST_ID_DIGITS = 6

/**
 * Builds the server of one process. Layers that are switched off are not in the chain at all.
 *
 * @throws {RangeError} when the options have no upstream, or values that settings would have refused
 */
export function createApp(options: ServerOptions, parts: AppParts = {}): App {
  const { clock = systemClock, random = Math.random, onEnded, onError = () => undefined, routes = [] } = parts
  const sweep = new DeadlineSweep(clock)
  const upstreams = new Upstreams(options.upstream, clock, random, sweep)
  const cache = options.cache === null ? null : cacheOf(options.cache, options.requestTimeoutMs, clock, sweep)
  const queue = options.queue === null ? null : new RequestQueue(options.queue, sweep)
  let requests = 0

  const stats = (): WorkerStats => ({
    ...processFigures(),
    requests,
    cache: cache === null ? null : cacheFigures(cache),
    queue: queue === null ? null : queueFigures(queue),
    upstreams: upstreams.figures(),
  })
  const router = new Router([
    ...healthRoutes(() => !front.isDraining && upstreams.isAvailable()),
    statsRoute(stats),
    endpointRoute,
    searchRoute(),
    adsRoute(new Geocoder(options.geocodeCacheEntries, clock, sweep), upstreams, options.requestTimeoutMs),
    workRoute,
    ...routes,
  ])
  const layers = [
    requestId(
      `${random()
        .toString(36)
        .slice(2, 2 + REQUEST_ID_DIGITS)}-`,
    ),
    processTime(clock),
    options.rateLimit === null
      ? undefined
      : rateLimit(new ClientLimiter(shareOf(options.rateLimit, options.workers), clock)),
    deadline(options.requestTimeoutMs, sweep),
    options.compression === null ? undefined : compression(options.compression),
    // Before admission: a hit needs no place, and whoever waits for another's answer neither.
    cache === null ? undefined : responseCache(cache, clock),
    queue === null ? undefined : admission(queue),
    readBody(options.maxRequestBytes),
  ].filter((layer) => layer !== undefined)
  const chain = compose(layers, (context) => context.route.handle(context))
  const front = new HttpFront(router, chain, clock, options, {
    onEnded: () => {
      requests++
      onEnded?.(requests)
    },
    onError,
  })
  const drain = async (lingerMs: Milliseconds): Promise<void> => {
    await front.drain(lingerMs)
    await upstreams.close()
  }
  return { server: front.server, stats, drain }
}

/** The limit is that of the whole server, and workers do not talk to each other, so each grants its share. */
function shareOf({ ratePerS, burst, maxClients }: RateLimitOptions, workers: number): RateLimitOptions {
  return { ratePerS: ratePerS / workers, burst: Math.max(1, Math.round(burst / workers)), maxClients }
}

function cacheOf(
  { ttlMs, maxEntries, maxBytes }: NonNullable<ServerOptions['cache']>,
  timeoutMs: number,
  clock: Clock,
  sweep: DeadlineSweep,
): ResponseCache<StoredAnswer> {
  const limits = { ttlMs, maxEntries, maxBytes, timeoutMs, maxWaiters: MAX_CACHE_WAITERS }
  return new ResponseCache(limits, STORED_ANSWER_TRAITS, clock, sweep)
}

function processFigures(): Pick<
  WorkerStats,
  'pid' | 'loopActiveMs' | 'loopIdleMs' | 'heapUsedBytes' | 'externalBytes'
> {
  const { active, idle } = performance.eventLoopUtilization()
  const { heapUsed, external } = process.memoryUsage()
  return { pid: process.pid, loopActiveMs: active, loopIdleMs: idle, heapUsedBytes: heapUsed, externalBytes: external }
}

function cacheFigures(cache: ResponseCache<StoredAnswer>): WorkerStats['cache'] {
  const { hits, misses, coalesced, size, bytes } = cache.stats()
  return { hits, misses, coalesced, entries: size, bytes }
}

function queueFigures(queue: RequestQueue): WorkerStats['queue'] {
  const { running, waiting, refused } = queue.stats()
  return { running, waiting, refused: refused.queue_full + refused.queue_timeout }
}
