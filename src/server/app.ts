import type { Server } from 'node:http'

import type { Clock, Milliseconds } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import { entryUrl } from '../host/process-entry.ts'
import { systemClock } from '../host/system-clock.ts'
import { ClientLimiter } from '../resilience/client-limiter.ts'
import { DeadlineSweep } from '../resilience/deadline.ts'
import { RequestQueue } from '../resilience/request-queue.ts'
import { ResponseCache } from '../resilience/response-cache.ts'
import { CpuThreads } from './cpu-threads.ts'
import { removeTemporaryDatabase, withEmbeddedDatabase } from './database/embedded-database.ts'
import { Geocoder } from './geocoder.ts'
import { HttpFront } from './http-front.ts'
import { AccessLog } from './logs/access-log.ts'
import type { WorkerStats } from './messages.ts'
import type { MetricsFormat } from './metrics/exposition.ts'
import { LayerCounts } from './metrics/layer-counts.ts'
import { RequestMetrics } from './metrics/request-metrics.ts'
import type { MetricsSnapshot } from './metrics/snapshot.ts'
import { WorkerMetrics } from './metrics/worker-metrics.ts'
import { admission } from './middleware/admission.ts'
import { readBody } from './middleware/body.ts'
import { responseCache, STORED_ANSWER_TRAITS } from './middleware/cache.ts'
import type { StoredAnswer } from './middleware/cache.ts'
import { compression } from './middleware/compression.ts'
import { deadline } from './middleware/deadline.ts'
import { observe } from './middleware/observe.ts'
import { processTime } from './middleware/process-time.ts'
import { rateLimit } from './middleware/rate-limit.ts'
import { requestId } from './middleware/request-id.ts'
import type { ServerOptions } from './options.ts'
import type { RateLimitOptions } from './options/rate-limit.ts'
import { compose } from './pipeline.ts'
import { Router } from './router.ts'
import type { Route } from './router.ts'
import { adsRoute } from './routes/ads.ts'
import { endpointRoute } from './routes/endpoint.ts'
import { healthRoutes } from './routes/health.ts'
import { metricsRoute } from './routes/metrics.ts'
import { searchRoute } from './routes/search.ts'
import type { SearchThreads } from './routes/search.ts'
import { statsRoute } from './routes/stats.ts'
import { workRoute } from './routes/work.ts'
import { createTasks } from './tasks.ts'
import { Upstreams } from './upstreams.ts'

/** What an app gets from its process; time and randomness are the real ones unless said otherwise. */
export interface AppParts {
  readonly clock?: Clock
  readonly random?: Random
  /** Called after each request with their number so far. */
  readonly onEnded?: ((requests: number) => void) | undefined
  /** Called with what a handler has thrown; its client gets 500 and no more. */
  readonly onError?: (error: unknown, requestId?: string) => void
  /** Takes whole lines of the access log; without it there is none. */
  readonly log?: ((line: string) => void) | undefined
  /** The metrics of the whole server, for METRICS_TOKEN; undefined when they cannot be had in time. */
  readonly metricsPage?: (format: MetricsFormat) => Promise<string | undefined>
  /** Served besides the bundled routes. */
  readonly routes?: readonly Route[]
  /** A server that listens already, and that another app leaves. */
  readonly server?: Server | undefined
}

/** The whole server of one process. */
export interface App {
  /** Not listening yet, unless it was given. */
  readonly server: Server
  readonly stats: () => WorkerStats
  /** The figures for the metrics page, meant to be asked for once a second; null when they are switched off. */
  readonly metrics: (() => MetricsSnapshot) | null
  /**
   * Stops accepting, lets what is under way end within the graceful timeout, and closes the upstream connections.
   * Idle connections stay open for `lingerMs`.
   */
  readonly drain: (lingerMs: Milliseconds) => Promise<void>
  /**
   * Leaves the server, which goes on listening, to an app that was made with it; answers what is under way within the
   * graceful timeout, and closes the upstream connections.
   */
  readonly leave: () => Promise<void>
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
  const searchThreads = searchThreadsOf(options, sweep, onError)
  const { requestTimeoutMs } = options
  const { database } = withEmbeddedDatabase(options)
  const tasks = database === null ? null : createTasks(database, { clock, random, sweep, requestTimeoutMs, onError })
  const counts = new LayerCounts()
  const health = healthRoutes(() => !front.isDraining && upstreams.isAvailable())
  const requestMetrics = options.metrics === null ? null : new RequestMetrics(health.map(({ path }) => path))
  let requests = 0

  const stats = (): WorkerStats => ({
    ...processFigures(),
    requests,
    cache: cache === null ? null : cacheFigures(cache),
    queue: queue === null ? null : queueFigures(queue),
    cpuThreads: searchThreads?.figures() ?? null,
    database: tasks?.stats() ?? null,
    upstreams: upstreams.figures(),
  })
  const router = new Router([
    ...health,
    statsRoute(stats),
    endpointRoute,
    searchRoute(searchThreads),
    adsRoute(new Geocoder(options.geocodeCacheEntries, clock, sweep), upstreams, options.requestTimeoutMs),
    workRoute,
    ...(tasks?.routes ?? []),
    ...metricsRoutes(options, parts),
    ...routes,
  ])
  const observers = [
    ...(requestMetrics === null ? [] : [requestMetrics]),
    ...(parts.log === undefined ? [] : [new AccessLog(options.logLevel, parts.log)]),
  ]
  const layers = [
    observers.length === 0 ? undefined : observe(observers, clock),
    requestId(
      `${random()
        .toString(36)
        .slice(2, 2 + REQUEST_ID_DIGITS)}-`,
    ),
    processTime(clock),
    options.rateLimit === null
      ? undefined
      : rateLimit(new ClientLimiter(shareOf(options.rateLimit, Math.max(1, options.workers)), clock), counts.rateLimit),
    deadline(options.requestTimeoutMs, sweep),
    options.compression === null ? undefined : compression(options.compression, counts.compression),
    // Before admission: a hit needs no place, and whoever waits for another's answer neither.
    cache === null ? undefined : responseCache(cache, clock),
    queue === null ? undefined : admission(queue, counts.queueWait, clock),
    readBody(options.maxRequestBytes),
  ].filter((layer) => layer !== undefined)
  const chain = compose(layers, (context) => context.route.handle(context))
  const onRequestEnded = (): void => {
    requests++
    onEnded?.(requests)
  }
  const front = new HttpFront(router, chain, clock, options, { onEnded: onRequestEnded, onError }, parts.server)
  if (front.server.listening) tasks?.start()
  else front.server.once('listening', () => tasks?.start())
  const close = async (): Promise<void> => {
    await Promise.all([upstreams.close(), searchThreads?.close(), tasks?.close()])
    // Nobody else was told of it.
    if (options.database?.url === '') removeTemporaryDatabase({ database })
  }
  /** Jobs get as long as requests do. */
  const endAfter = async (served: Promise<void>): Promise<void> => {
    const timeUp = Promise.withResolvers<void>()
    const cancel = clock.schedule(options.gracefulTimeoutMs, timeUp.resolve)
    await Promise.all([served, Promise.race([tasks?.stopWork(), timeUp.promise])])
    cancel()
    await close()
  }
  const drain = (lingerMs: Milliseconds): Promise<void> => endAfter(front.drain(lingerMs))
  const leave = (): Promise<void> => endAfter(front.leave())
  const workerMetrics =
    requestMetrics === null
      ? null
      : new WorkerMetrics({
          requests: requestMetrics,
          stats,
          breakers: () => upstreams.breakerFigures(),
          counts,
          queueRefusals: queue === null ? null : () => queue.stats().refused,
          hasRateLimit: options.rateLimit !== null,
          hasCompression: options.compression !== null,
        })
  const metrics = workerMetrics === null ? null : () => workerMetrics.snapshot()
  return { server: front.server, stats, metrics, drain, leave }
}

/** The limit is that of the whole server, and workers do not talk to each other, so each grants its share. */
function shareOf({ ratePerS, burst, maxClients }: RateLimitOptions, workers: number): RateLimitOptions {
  return { ratePerS: ratePerS / workers, burst: Math.max(1, Math.round(burst / workers)), maxClients }
}

function metricsRoutes({ metrics }: ServerOptions, { metricsPage }: AppParts): readonly Route[] {
  const isServed = metrics !== null && metrics.token !== '' && metricsPage !== undefined
  return isServed ? [metricsRoute(metrics.token, metricsPage)] : []
}

function searchThreadsOf(
  { cpuThreads, requestTimeoutMs }: ServerOptions,
  sweep: DeadlineSweep,
  onError: (error: unknown) => void,
): SearchThreads | null {
  if (cpuThreads === null) return null
  const work = { module: entryUrl(import.meta.url, 'text/search-thread'), name: 'search' }
  return new CpuThreads(work, { ...cpuThreads, waitTimeoutMs: requestTimeoutMs }, sweep, onError)
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
