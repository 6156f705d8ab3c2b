import type { Milliseconds } from '../core/clock.ts'
import type { ScalabilityPoint } from './scalability-fit.ts'
import type { MeanInterval } from '../stats/confidence.ts'
import type { Spreads } from './advice/spread.ts'

/** The settings that sizing knows a formula for, beside the number of workers. */
export type SizedSetting =
  | 'UPSTREAM_POOL_MAX'
  | 'UPSTREAM_POOL_KEEPALIVE'
  | 'UPSTREAM_TIMEOUT'
  | 'RETRY_MAX_ATTEMPTS'
  | 'RETRY_BUDGET'
  | 'REQUEST_TIMEOUT'
  | 'CB_FAILURE_RATE'
  | 'CB_MIN_CALLS'
  | 'CB_WINDOW_TIME'
  | 'CB_RECOVERY_TIMEOUT'
  | 'RATE_LIMIT_DEFAULT'
  | 'QUEUE_CONCURRENCY'
  | 'DATABASE_POOL_SIZE'
  | 'DATABASE_MAX_OVERFLOW'
  | 'QUEUE_SIZE'
  | 'CACHE_MAX_BYTES'
  | 'CACHE_MAX_SIZE'
  | 'CPU_THREADS'
  | 'MAX_REQUESTS'
  | 'WORKER_MAX_MEMORY'
  | 'UV_THREADPOOL_SIZE'
  | '--max-old-space-size'
  | '--max-semi-space-size'
  | 'KEEP_ALIVE'

/** Settings that others depend on, in seconds. */
export type TimeSetting = 'UPSTREAM_CONNECT_TIMEOUT' | 'RETRY_MAX_DELAY' | 'QUEUE_TIMEOUT'

/**
 * What was measured, as far as sizing needs it. A figure that could not be had is null: it lowers the confidence of what
 * rests on it, or leaves that recommendation out; nothing is made up for it.
 */
export interface SizingInput {
  /** CPUs that the target could use while it was measured; fractional, above 0. */
  readonly measuredCpus: number
  /** Usable CPUs of the whole machine: the target has them all where no load generator runs beside it. */
  readonly deployedCpus: number
  /** CPUs of the machine, whatever of them may be used. */
  readonly logicalCpus: number
  readonly memoryLimitBytes: number
  /** Workers that were measured, the current value of `WEB_CONCURRENCY`. */
  readonly workers: number | null
  /** The phase that fills the target; null when there was none that is valid. */
  readonly saturated: SaturatedFigures | null
  /** The phase at a fixed arrival rate; null when there was none that is valid. */
  readonly steady: SteadyFigures | null
  /** Throughput over connections; null when it was measured at one number of them only. */
  readonly ramp: ConcurrencyRamp | null
  readonly memory: MemoryFigures | null
  /** Of one worker. */
  readonly cache: CacheUse | null
  /** Connections that the database server grants to ordinary users together; null when it does not say. */
  readonly databaseConnectionLimit: number | null
  /** A bound on a response-time quantile that the user gave. */
  readonly latencyObjectiveMs: Milliseconds | null
  /** Clients of the limiter that are active at the same time; null when not known, or where the target has no limiter. */
  readonly activeClients: number | null
  /** CPU time that libuv's threads took per completed request (compression, files, crypto); null when it was not seen. */
  readonly threadPoolMsPerRequest: Milliseconds | null
  /** Null when no request did what CPU_THREADS takes off the event loop. */
  readonly cpuWork: CpuWork | null
  readonly spreads: Spreads
  /**
   * What the measured run used, in the unit of the settings table (requests/s for the limiter); a setting that is absent
   * was not set, not in force, or does not exist in this target.
   */
  readonly current: Readonly<Partial<Record<SizedSetting | TimeSetting, number>>>
}

/** Closed loops with more and more connections, at one number of workers. */
export interface ConcurrencyRamp {
  /** At least 1. */
  readonly workers: number
  /** In any order; the concurrency is the number of connections to all workers together. */
  readonly points: readonly ScalabilityPoint[]
}

export interface SaturatedFigures {
  readonly throughputPerS: number
  /** CPU time of all processes of the target per completed request; above 0. */
  readonly cpuMsPerRequest: Milliseconds
  /** Time in which the event loop was really busy, per completed request; above 0. */
  readonly busyLoopMsPerRequest: Milliseconds | null
  /** Mean over the workers, 0..1. */
  readonly loopUtilization: number | null
  readonly primaryCpuMsPerRequest: Milliseconds | null
  /** Processes that did the work, whatever their number should have been; at least 1. */
  readonly busyWorkers: number
}

export interface SteadyFigures {
  readonly ratePerS: number
  readonly responseP99Ms: Milliseconds
  readonly serviceP50Ms: Milliseconds
  readonly serviceMeanMs: Milliseconds | null
  /** Null when nothing was called. */
  readonly upstream: UpstreamUse | null
  /** Null when nothing asked a database. */
  readonly database: DatabaseUse | null
}

export interface UpstreamUse {
  /** Calls per completed request, on average; above 0. */
  readonly callsPerRequest: number
  /** From taking a connection to giving it back. */
  readonly meanHoldMs: Milliseconds
  /** Null when only the means are known. */
  readonly counted: CountedCalls | null
}

/** The calls of a phase, of all workers and to all upstreams together. */
export interface CountedCalls {
  readonly calls: number
  readonly failures: number
  /** By how long they held their connection, in the classes of WAIT_BOUNDS_MS. */
  readonly holdCounts: readonly number[]
  /** The upstreams are simulators: real ones fail, and are slow, in ways of their own. */
  readonly isSimulated: boolean
}

/** What the pools of all workers saw together. */
export interface DatabaseUse {
  /** Connections handed out per completed request, on average, jobs included; above 0. */
  readonly usesPerRequest: number
  /** From getting a connection to giving it back; above 0. */
  readonly meanHoldMs: Milliseconds
  /** Callers that asked for a connection, those turned away included. */
  readonly uses: number
  /** Those of them that had to wait, by the classes of WAIT_BOUNDS_MS. */
  readonly waitCounts: readonly number[]
  /** Those turned away because none became free in time. */
  readonly exhausted: number
  /** It lets one connection write at a time. */
  readonly isSqlite: boolean
}

export interface MemoryFigures {
  /** Of the process that hands out connections; 0 when there is none. */
  readonly primaryBytes: number
  /** Mean of the workers; above 0. */
  readonly workerBytes: number
  /** Shared pages are divided among the processes that share them (PSS), not counted by each (RSS). */
  readonly isProportional: boolean
  /** Mean of the workers. */
  readonly heapUsedBytes: number | null
  /** What the system counts to each, shared pages too (RSS); mean of the workers. */
  readonly workerResidentBytes: number
  /** Of the resident memory of all workers together, for each request; null when the run was too short to tell. */
  readonly growthBytesPerRequest: MeanInterval | null
}

/** Requests for CPU work that were done on the event loop. */
export interface CpuWork {
  /** What was asked for, for example `POST /search`. */
  readonly route: string
  /** Of all requests, 0..1. */
  readonly requestShare: number
  /** Median of the service time: the work, and what it waited for the loop. */
  readonly serviceP50Ms: Milliseconds
}

export interface CacheUse {
  readonly entries: number
  readonly bytes: number
  /** 0..1; null without lookups. */
  readonly hitRate: number | null
}
