import type { Server } from 'node:http'

import type { Clock, Milliseconds } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import { entryUrl } from '../host/process-entry.ts'
import { systemClock } from '../host/system-clock.ts'
import { ClientLimiter } from '../resilience/client-limiter.ts'
import { DeadlineSweep } from '../resilience/deadline.ts'
import { createCacheLayer } from './cache-layer.ts'
import { CpuThreads } from './cpu-threads.ts'
import { removeTemporaryDatabase, withEmbeddedDatabase } from './database/embedded-database.ts'
import { Geocoder } from './geocoder.ts'
import { guardEdge } from './http-edge.ts'
import { HttpFront } from './http-front.ts'
import { AccessLog } from './logs/access-log.ts'
import type { WorkerStats } from './messages.ts'
import type { MetricsFormat } from './metrics/exposition.ts'
import { LayerCounts } from './metrics/layer-counts.ts'
import { RequestMetrics } from './metrics/request-metrics.ts'
import type { MetricsSnapshot } from './metrics/snapshot.ts'
import { WorkerMetrics } from './metrics/worker-metrics.ts'
import { Admission } from './middleware/admission.ts'
import { readBody } from './middleware/body.ts'
import { compression } from './middleware/compression.ts'
import { RequestDeadlines } from './middleware/deadline.ts'
import { observe } from './middleware/observe.ts'
import { shedUnderPressure } from './middleware/pressure.ts'
import { processTime } from './middleware/process-time.ts'
import { rateLimit } from './middleware/rate-limit.ts'
import type { RequestLimiter } from './middleware/rate-limit.ts'
import { requestGuard } from './middleware/request-guard.ts'
import { requestId } from './middleware/request-id.ts'
import type { ServerOptions } from './options.ts'
import { compose } from './pipeline.ts'
import { PressureWatch } from './pressure-watch.ts'
import { Router } from './router.ts'
import type { Route } from './router.ts'
import { adsRoute } from './routes/ads.ts'
import { completionsRoute } from './routes/completions.ts'
import { endpointRoute } from './routes/endpoint.ts'
import { healthRoutes } from './routes/health.ts'
import type { Unreadiness } from './routes/health.ts'
import { metricsRoute } from './routes/metrics.ts'
import { searchRoute } from './routes/search.ts'
import type { SearchThreads } from './routes/search.ts'
import { statsRoute } from './routes/stats.ts'
import { workRoute } from './routes/work.ts'
import { createTasks } from './tasks.ts'
import { Upstreams } from './upstream/upstreams.ts'

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
  /** Keeps the limit together with other processes; without it this one keeps it alone. */
  readonly limiter?: RequestLimiter | undefined
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
  const searchThreads = searchThreadsOf(options, sweep, onError)
  const { requestTimeoutMs } = options
  const bodyReader = readBody(options.maxRequestBytes)
  const cacheParts = { clock, random, sweep, requestTimeoutMs, readBody: bodyReader, onError }
  const cache = options.cache === null ? null : createCacheLayer(options.cache, cacheParts)
  const geocoder = new Geocoder(options.geocodeCacheEntries, clock, sweep)
  const { database } = withEmbeddedDatabase(options)
  const tasks = database === null ? null : createTasks(database, { clock, random, sweep, requestTimeoutMs, onError })
  const counts = new LayerCounts()
  const pressure = new PressureWatch(options)
  const deadlines = new RequestDeadlines(requestTimeoutMs, clock)
  const admissionParts = { clock, sweep, waits: counts.queueWait, requestTimeoutMs }
  const queue = options.queue === null ? null : new Admission(options.queue, admissionParts)
  const unreadiness = (): Unreadiness | undefined => {
    if (front.isDraining) return 'shutting_down'
    if (queue?.isFull === true) return 'queue_full'
    return upstreams.isAvailable() ? undefined : 'upstream_unavailable'
  }
  const health = healthRoutes(unreadiness)
  const requestMetrics = options.metrics === null ? null : new RequestMetrics(health.map(({ path }) => path))
  let requests = 0

  const stats = (): WorkerStats => ({
    ...processFigures(),
    requests,
    cache: cache?.figures() ?? null,
    queue: queue?.figures() ?? null,
    cpuThreads: searchThreads?.figures() ?? null,
    database: tasks?.stats() ?? null,
    upstreams: upstreams.figures(),
    failover: upstreams.failoverFigures(),
  })
  const router = new Router([
    ...health,
    statsRoute(stats),
    endpointRoute,
    searchRoute(searchThreads),
    adsRoute({ geocoder, upstreams, requestTimeoutMs, isDegradedAllowed: options.upstream.isDegradedAllowed }),
    completionsRoute(upstreams, requestTimeoutMs),
    workRoute(),
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
    requestGuard(options.maxRequestBytes),
    options.rateLimit === null
      ? undefined
      : rateLimit(parts.limiter ?? new ClientLimiter(options.rateLimit, clock), options.rateLimit, counts.rateLimit),
    pressure.requests === undefined ? undefined : shedUnderPressure(pressure.requests, counts.pressure),
    deadlines.middleware,
    cache?.conditional,
    options.compression === null
      ? undefined
      : compression(options.compression, counts.compression, pressure.compression),
    // Before admission: a hit needs no place, and whoever waits for another's answer neither.
    cache?.middleware,
    // A client that sends slowly is to hold no place, only its connection and what it has sent.
    bodyReader,
    queue?.middleware,
  ].filter((layer) => layer !== undefined)
  const chain = compose(layers, (context) => context.route.handle(context))
  const onRequestEnded = (): void => {
    requests++
    onEnded?.(requests)
  }
  const onDiscarded = (discarded: number): void => void (counts.discarded += discarded)
  const frontEvents = { onEnded: onRequestEnded, onError, onDiscarded }
  const front = new HttpFront(router, chain, clock, options, frontEvents, parts.server)
  const leaveEdge = guardEdge(front.server, options.http, counts.edge)
  if (front.server.listening) tasks?.start()
  else front.server.once('listening', () => tasks?.start())
  const close = async (): Promise<void> => {
    pressure.close()
    await Promise.all([upstreams.close(), searchThreads?.close(), tasks?.close(), cache?.close()])
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
  const drain = (lingerMs: Milliseconds): Promise<void> => {
    // Before the front closes the connections of those that have no answer.
    clock.schedule(options.gracefulTimeoutMs + lingerMs, () => deadlines.close())
    return endAfter(front.drain(lingerMs))
  }
  const leave = (): Promise<void> => {
    leaveEdge()
    clock.schedule(options.gracefulTimeoutMs, () => deadlines.close())
    return endAfter(front.leave())
  }
  const workerMetrics =
    requestMetrics === null
      ? null
      : new WorkerMetrics({
          requests: requestMetrics,
          stats,
          breakers: () => upstreams.breakerFigures(),
          counts,
          queueRefusals: queue === null ? null : () => queue.refused(),
          hasRateLimit: options.rateLimit !== null,
          hasCompression: options.compression !== null,
          hasPressure: options.pressure !== null,
        })
  const metrics = workerMetrics === null ? null : () => workerMetrics.snapshot()
  return { server: front.server, stats, metrics, drain, leave }
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

function processFigures(): Pick<
  WorkerStats,
  'pid' | 'loopActiveMs' | 'loopIdleMs' | 'heapUsedBytes' | 'externalBytes'
> {
  const { active, idle } = performance.eventLoopUtilization()
  const { heapUsed, external } = process.memoryUsage()
  return { pid: process.pid, loopActiveMs: active, loopIdleMs: idle, heapUsedBytes: heapUsed, externalBytes: external }
}
