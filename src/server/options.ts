import type { Milliseconds } from '../core/clock.ts'
import type { ResolvedSettings } from '../core/settings.ts'
import type { PressureLimits } from '../resilience/pressure.ts'
import type { RecyclePolicy } from '../resilience/recycle-policy.ts'
import { LOG_LEVELS } from './logs/log-level.ts'
import type { LogLevel } from './logs/log-level.ts'
import { cacheOptions } from './options/cache.ts'
import type { CacheOptions } from './options/cache.ts'
import { compressionOptions } from './options/compression.ts'
import type { CompressionOptions } from './options/compression.ts'
import { cpuThreadOptions } from './options/cpu-threads.ts'
import type { CpuThreadOptions } from './options/cpu-threads.ts'
import { databaseOptions } from './options/database.ts'
import type { DatabaseOptions } from './options/database.ts'
import { httpOptions } from './options/http.ts'
import type { HttpOptions } from './options/http.ts'
import { metricsOptions } from './options/metrics.ts'
import type { MetricsOptions } from './options/metrics.ts'
import { pressureLimits, queueOptions } from './options/queue.ts'
import type { QueueOptions } from './options/queue.ts'
import { rateLimitOptions } from './options/rate-limit.ts'
import type { RateLimitOptions } from './options/rate-limit.ts'
import { upstreamOptions } from './options/upstream.ts'
import type { UpstreamOptions } from './options/upstream.ts'
import { workerCount } from './options/workers.ts'
import { SettingReader } from './setting-reader.ts'

/** Everything the server reads, complete and checked. Plain data: it travels to the processes as it is. */
export interface ServerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Each worker listens by itself, instead of getting its connections from the primary. */
  readonly reusePort: boolean
  /** Worker processes; 0: the primary serves by itself. */
  readonly workers: number
  readonly gracefulTimeoutMs: Milliseconds
  /** Without a sign of life for so long a worker is taken for hung. */
  readonly workerTimeoutMs: Milliseconds
  readonly recycle: RecyclePolicy
  /** 0: connections are closed after each answer. */
  readonly keepAliveMs: Milliseconds
  readonly maxRequestBytes: number
  readonly requestTimeoutMs: Milliseconds
  readonly http: HttpOptions
  readonly geocodeCacheEntries: number
  /** Null: switched off. Likewise the next four. */
  readonly cache: CacheOptions | null
  readonly rateLimit: RateLimitOptions | null
  readonly queue: QueueOptions | null
  readonly pressure: PressureLimits | null
  readonly compression: CompressionOptions | null
  /** Null: CPU work is done on the event loop. */
  readonly cpuThreads: CpuThreadOptions | null
  /** Null: there is no task store, and its routes do not exist. */
  readonly database: DatabaseOptions | null
  /** Null: nothing is recorded. */
  readonly metrics: MetricsOptions | null
  readonly logLevel: LogLevel
  readonly upstream: UpstreamOptions
}

/**
 * Turns settings into options: seconds into milliseconds, `auto` into numbers, switches into absence.
 *
 * @param effectiveCpus CPUs that the server can use, for `auto` workers
 * @throws {SettingsError} when an upstream's name occurs twice
 */
export function serverOptions(settings: ResolvedSettings, effectiveCpus: number): ServerOptions {
  const read = new SettingReader(settings)
  return {
    host: read.text('SERVER_HOST'),
    port: read.number('SERVER_PORT'),
    reusePort: read.isOn('REUSE_PORT'),
    workers: workerCount(settings, read, effectiveCpus),
    gracefulTimeoutMs: read.ms('GRACEFUL_TIMEOUT'),
    workerTimeoutMs: read.ms('WORKER_TIMEOUT'),
    recycle: {
      maxRequests: read.number('MAX_REQUESTS'),
      maxRequestsJitter: read.number('MAX_REQUESTS_JITTER'),
      maxAgeMs: read.ms('WORKER_MAX_AGE'),
      maxRssBytes: read.number('WORKER_MAX_MEMORY'),
    },
    keepAliveMs: read.ms('KEEP_ALIVE'),
    maxRequestBytes: read.number('MAX_REQUEST_SIZE'),
    requestTimeoutMs: read.ms('REQUEST_TIMEOUT'),
    http: httpOptions(read),
    geocodeCacheEntries: read.number('GEOCODE_CACHE_SIZE'),
    cache: cacheOptions(read),
    rateLimit: rateLimitOptions(read),
    queue: queueOptions(read),
    pressure: pressureLimits(read),
    compression: compressionOptions(read),
    cpuThreads: cpuThreadOptions(read),
    metrics: metricsOptions(read),
    logLevel: logLevelOf(read),
    database: databaseOptions(read),
    upstream: upstreamOptions(read),
  }
}

function logLevelOf(read: SettingReader): LogLevel {
  const wanted = read.text('LOG_LEVEL')
  const level = LOG_LEVELS.find((known) => known === wanted)
  if (level === undefined) throw new RangeError('LOG_LEVEL was accepted by the table of settings and is no level')
  return level
}
