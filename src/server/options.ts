import type { Milliseconds } from '../core/clock.ts'
import { SettingsError } from '../core/errors.ts'
import type { ResolvedSettings } from '../core/settings.ts'
import { parseRateLimit } from '../resilience/rate-limit.ts'
import { LOG_LEVELS } from './logs/log-level.ts'
import type { LogLevel } from './logs/log-level.ts'
import type { RecyclePolicy } from '../resilience/recycle-policy.ts'
import { SettingReader } from './setting-reader.ts'
import { type WorkersPolicy, workersFor } from './worker-count.ts'

/** One upstream, by the name that statistics and faults use. */
export interface UpstreamAddress {
  readonly name: string
  /** Scheme, host and port. */
  readonly url: string
}

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
  readonly geocodeCacheEntries: number
  /** Null: switched off. Likewise the next three. */
  readonly cache: CacheOptions | null
  readonly rateLimit: RateLimitOptions | null
  readonly queue: QueueOptions | null
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

/** Where the metrics page is served. */
export interface MetricsOptions {
  readonly host: string
  /** Null: no port is opened. */
  readonly port: number | null
  /** Who carries it gets the page on the main port too; empty: nobody does. */
  readonly token: string
}

/** The response cache of one worker. */
export interface CacheOptions {
  readonly ttlMs: Milliseconds
  readonly maxEntries: number
  readonly maxBytes: number
}

/** The token bucket of each client. */
export interface RateLimitOptions {
  readonly ratePerS: number
  readonly burst: number
  readonly maxClients: number
}

/** Admission to one worker. */
export interface QueueOptions {
  readonly concurrency: number
  readonly capacity: number
  readonly waitTimeoutMs: Milliseconds
}

/** What is compressed, and how hard. */
export interface CompressionOptions {
  readonly minBytes: number
  /** Of gzip, 1 to 9. */
  readonly gzipLevel: number
}

/** The threads of one worker for CPU work. */
export interface CpuThreadOptions {
  /** At least 1. */
  readonly threads: number
  readonly queueSize: number
  readonly taskTimeoutMs: Milliseconds
}

/** Where tasks are kept, and how one worker connects to it and works on them. */
export interface DatabaseOptions {
  /** `sqlite:/path` or `postgres://…`; empty: an embedded file, which whoever runs the server gives a place. */
  readonly url: string
  /** Made for this server, and removed with it. */
  readonly isTemporary: boolean
  readonly poolSize: number
  readonly maxOverflow: number
  readonly poolTimeoutMs: Milliseconds
  readonly recycleMs: Milliseconds
  readonly jobMaxAttempts: number
  /** A job that has taken longer is repeated. */
  readonly jobLeaseMs: Milliseconds
}

/** How one worker calls its upstreams. */
export interface UpstreamOptions {
  /** In order of preference; never empty when the server runs. */
  readonly addresses: readonly UpstreamAddress[]
  readonly timeoutMs: Milliseconds
  readonly connectTimeoutMs: Milliseconds
  readonly maxConnections: number
  readonly maxPending: number
  readonly maxAttempts: number
  readonly retryBaseMs: Milliseconds
  readonly retryCapMs: Milliseconds
  /** Null: no circuit breakers. */
  readonly breaker: {
    readonly failureThreshold: number
    readonly recoveryMs: Milliseconds
    readonly halfOpenProbes: number
  } | null
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
    workers: workersOf(settings, read, effectiveCpus),
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
    geocodeCacheEntries: read.number('GEOCODE_CACHE_SIZE'),
    cache: read.isOn('CACHE_ENABLED')
      ? {
          ttlMs: read.ms('CACHE_TTL'),
          maxEntries: read.number('CACHE_MAX_SIZE'),
          maxBytes: read.number('CACHE_MAX_BYTES'),
        }
      : null,
    rateLimit: read.isOn('RATE_LIMIT_ENABLED') ? rateLimitOf(read) : null,
    queue: read.isOn('QUEUE_ENABLED')
      ? {
          concurrency: read.number('QUEUE_CONCURRENCY'),
          capacity: read.number('QUEUE_SIZE'),
          waitTimeoutMs: read.ms('QUEUE_TIMEOUT'),
        }
      : null,
    compression: read.isOn('COMPRESSION')
      ? { minBytes: read.number('COMPRESSION_MIN'), gzipLevel: read.number('COMPRESSION_LEVEL') }
      : null,
    cpuThreads:
      read.number('CPU_THREADS') > 0
        ? {
            threads: read.number('CPU_THREADS'),
            queueSize: read.number('CPU_QUEUE_SIZE'),
            taskTimeoutMs: read.ms('CPU_TASK_TIMEOUT'),
          }
        : null,
    metrics: read.isOn('ENABLE_METRICS')
      ? { host: read.text('METRICS_HOST'), port: read.number('METRICS_PORT'), token: read.text('METRICS_TOKEN') }
      : null,
    logLevel: logLevelOf(read),
    database: databaseOf(read),
    upstream: upstreamOf(read),
  }
}

function workersOf(settings: ResolvedSettings, read: SettingReader, effectiveCpus: number): number {
  const wanted = read.value('WEB_CONCURRENCY')
  return typeof wanted === 'number' ? wanted : workersFor(policyOf(settings, read), effectiveCpus)
}

function policyOf(settings: ResolvedSettings, read: SettingReader): WorkersPolicy {
  const isSet = (name: string): boolean => settings.get(name)?.origin !== 'default'
  const isImplied = isSet('WORKERS_PER_CORE') && !isSet('WORKERS_POLICY')
  const policy = isImplied ? 'per-core' : read.text('WORKERS_POLICY')
  if (policy === 'gunicorn') return { kind: 'gunicorn' }
  if (policy === 'per-cpu') return { kind: 'per-cpu' }
  const [workersPerCore, maxWorkers] = [read.number('WORKERS_PER_CORE'), read.number('MAX_WORKERS')]
  return { kind: 'per-core', workersPerCore, maxWorkers }
}

function rateLimitOf(read: SettingReader): RateLimitOptions {
  const limit = parseRateLimit(read.text('RATE_LIMIT_DEFAULT'))
  if (limit === undefined) throw new RangeError('RATE_LIMIT_DEFAULT was accepted by its pattern and not by its parser')
  const { count, periodMs } = limit
  return { ratePerS: (count / periodMs) * 1_000, burst: count, maxClients: read.number('RATE_LIMIT_MAX_KEYS') }
}

function logLevelOf(read: SettingReader): LogLevel {
  const wanted = read.text('LOG_LEVEL')
  const level = LOG_LEVELS.find((known) => known === wanted)
  if (level === undefined) throw new RangeError('LOG_LEVEL was accepted by the table of settings and is no level')
  return level
}

/** @throws {SettingsError} when the address is none */
function databaseOf(read: SettingReader): DatabaseOptions {
  const url = read.text('DATABASE_URL')
  if (url.startsWith('postgres') && !URL.canParse(url)) {
    throw new SettingsError('DATABASE_URL is not a URL', {
      hint: 'write postgres://user:password@host:port/database, special characters of the password as %XX',
    })
  }
  return {
    url,
    isTemporary: false,
    poolSize: read.number('DATABASE_POOL_SIZE'),
    maxOverflow: read.number('DATABASE_MAX_OVERFLOW'),
    poolTimeoutMs: read.ms('POOL_TIMEOUT'),
    recycleMs: read.ms('POOL_RECYCLE'),
    jobMaxAttempts: read.number('JOB_MAX_ATTEMPTS'),
    jobLeaseMs: read.ms('JOB_LEASE'),
  }
}

function upstreamOf(read: SettingReader): UpstreamOptions {
  return {
    addresses: addressesOf(read.list('UPSTREAMS')),
    timeoutMs: read.ms('UPSTREAM_TIMEOUT'),
    connectTimeoutMs: read.ms('UPSTREAM_CONNECT_TIMEOUT'),
    maxConnections: read.number('UPSTREAM_POOL_MAX'),
    maxPending: read.number('UPSTREAM_MAX_PENDING'),
    maxAttempts: read.number('RETRY_MAX_ATTEMPTS'),
    retryBaseMs: read.number('RETRY_BASE'),
    retryCapMs: read.ms('RETRY_MAX_DELAY'),
    breaker: read.isOn('CB_ENABLED')
      ? {
          failureThreshold: read.number('CB_FAILURE_THRESHOLD'),
          recoveryMs: read.ms('CB_RECOVERY_TIMEOUT'),
          halfOpenProbes: read.number('CB_HALF_OPEN_MAX'),
        }
      : null,
  }
}

function addressesOf(upstreams: readonly string[]): readonly UpstreamAddress[] {
  const addresses = upstreams.map((upstream) => {
    const split = upstream.indexOf('=')
    return { name: upstream.slice(0, split), url: upstream.slice(split + 1) }
  })
  const names = addresses.map(({ name }) => name)
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  const invalid = addresses.find(({ url }) => !URL.canParse(url))
  if (repeated === undefined && invalid === undefined) return addresses
  throw new SettingsError(
    repeated === undefined
      ? `UPSTREAMS: the address of "${invalid?.name}" is not a URL`
      : `UPSTREAMS names "${repeated}" twice`,
    { hint: 'write UPSTREAMS as name=http://host:port,other=http://host:port' },
  )
}
