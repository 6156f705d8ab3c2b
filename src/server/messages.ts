import type { Milliseconds } from '../core/clock.ts'
import type { TokenGrant, TokenRequest } from '../resilience/client-limiter.ts'
import type { WearReason } from '../resilience/recycle-policy.ts'
import type { ConnectionPoolStats } from '../resilience/connection-pool.ts'
import type { MetricsFormat } from './metrics/exposition.ts'
import type { MetricsSnapshot } from './metrics/snapshot.ts'
import type { ServerOptions } from './options.ts'

/** Controller to primary; SIGTERM has it drain, as any server. */
export type ControllerMessage =
  | { readonly type: 'start'; readonly options: ServerOptions; readonly seed: number }
  | { readonly type: 'stats'; readonly id: number }
  /** Replaces all workers by ones with these options; the address stays. */
  | { readonly type: 'apply'; readonly id: number; readonly options: ServerOptions }

/** Primary to controller. */
export type PrimaryMessage =
  | { readonly type: 'listening'; readonly url: string; readonly workerPids: readonly number[] }
  /** Worker processes were replaced. */
  | { readonly type: 'workers'; readonly workerPids: readonly number[] }
  | { readonly type: 'failed'; readonly message: string; readonly hint: string | undefined }
  | { readonly type: 'stats'; readonly id: number; readonly stats: TargetStats }
  | { readonly type: 'applied'; readonly id: number }
  /** The options were not taken over; the ones before are in force. */
  | { readonly type: 'apply-failed'; readonly id: number; readonly message: string }
  /** For whoever looks after the server. */
  | { readonly type: 'warning'; readonly text: string }

/** Primary to worker. */
export type WorkerCommand =
  /** `slot`: its place among the workers, from 0; that of the worker which it replaces. */
  | { readonly type: 'start'; readonly options: ServerOptions; readonly seed: number; readonly slot: number }
  | { readonly type: 'stats'; readonly id: number }
  /** Idle connections stay open for `lingerMs`, so that requests on their way are still answered. */
  | { readonly type: 'drain'; readonly lingerMs: Milliseconds }
  /** The answer to `scrape`. */
  | { readonly type: 'scraped'; readonly id: number; readonly page: string }
  /** The answer to `tokens`: one grant for each request. */
  | { readonly type: 'granted'; readonly id: number; readonly grants: readonly TokenGrant[] }

/** Worker to primary. */
export type WorkerMessage =
  | { readonly type: 'listening' }
  | { readonly type: 'failed'; readonly message: string; readonly hint?: string | undefined }
  | { readonly type: 'stats'; readonly id: number; readonly stats: WorkerStats }
  /** A sign of life. */
  | { readonly type: 'alive' }
  /** The worker has reached a limit and asks to be replaced. */
  | {
      readonly type: 'worn'
      readonly reason: WearReason
      /** Served so far, and its memory now. */
      readonly requests: number
      readonly rssBytes: number
    }

/** Worker to primary: what others want to know of it. It serves as well when nobody listens. */
export type WorkerReport =
  /** All its figures, and its slot; replaces what it told before. */
  | { readonly type: 'metrics'; readonly slot: number; readonly snapshot: MetricsSnapshot }
  /** Whole lines for the log. */
  | { readonly type: 'log'; readonly text: string; readonly lines: number }
  /** Somebody may see the metrics of the whole server, and asks this worker for them. */
  | { readonly type: 'scrape'; readonly id: number; readonly format: MetricsFormat }
  /** The rate limiter wants to let requests through, or did not use what it got. */
  | { readonly type: 'tokens'; readonly id: number; readonly requests: readonly TokenRequest[] }

/** The figures of the whole server at one moment. */
export interface TargetStats {
  readonly primaryPid: number
  /** Workers that answered in time. */
  readonly workers: readonly WorkerStats[]
  /** Workers that did not: too busy, or hung. */
  readonly silentPids: readonly number[]
  /** Workers replaced on purpose, and those that ended unasked or were killed because they hung, since the start. */
  readonly recycled: number
  readonly crashed: number
}

/** The figures of one worker; counts and times only ever grow, the rest is a snapshot. */
export interface WorkerStats {
  readonly pid: number
  /** Requests that came to their end, of every status. */
  readonly requests: number
  /** Active and idle time of the event loop since the start of the process. */
  readonly loopActiveMs: Milliseconds
  readonly loopIdleMs: Milliseconds
  readonly heapUsedBytes: number
  readonly externalBytes: number
  /** Null when the cache is switched off; likewise the queue. */
  readonly cache: CacheFigures | null
  readonly queue: QueueFigures | null
  /** Null when CPU work is done on the event loop. */
  readonly cpuThreads: CpuThreadFigures | null
  /** The connections of this worker to the database; null when there is no task store. */
  readonly database: DatabaseFigures | null
  /** In order of preference. */
  readonly upstreams: readonly UpstreamFigures[]
  readonly failover: FailoverFigures
}

/** The response cache of one worker. hits + misses + coalesced = requests that asked it and have their answer. */
export interface CacheFigures {
  /** Answered without a call, by memory or by the tier that all workers share. */
  readonly hits: number
  readonly misses: number
  readonly coalesced: number
  /** Among all answers, those past their TTL; and calls made to replace them while they were served. */
  readonly stale: number
  readonly refreshes: number
  /** hits / (hits + misses + coalesced), rounded to 4 decimals; 0 before the first. */
  readonly hitRate: number
  readonly entries: number
  readonly bytes: number
  /** Null when there is only the memory of the worker. */
  readonly shared: SharedCacheFigures | null
}

/** The tier of the cache that all workers share, as one worker sees it. */
export interface SharedCacheFigures {
  readonly hits: number
  /** Calls that this worker made for all. */
  readonly misses: number
  /** Times that it waited for another worker's call. */
  readonly waits: number
  /** Entries that were damaged or of another version. */
  readonly corrupt: number
  /** Questions that failed, and those that were not even asked. */
  readonly failed: number
  readonly skipped: number
  readonly isUp: boolean
  readonly running: number
  /** Open connections; 0 for files. */
  readonly connections: number
}

/** The admission queue of one worker; `admitted` and `refused` count requests since the start. */
export interface QueueFigures {
  readonly running: number
  readonly waiting: number
  /** Requests that may run at the same time now. */
  readonly limit: number
  readonly admitted: number
  readonly refused: number
}

/** The CPU threads of one worker; `refused` and `timedOut` count tasks since the start. */
export interface CpuThreadFigures {
  /** Tasks that can run at the same time. */
  readonly threads: number
  readonly running: number
  readonly waiting: number
  readonly refused: number
  /** Tasks that were ended, and their threads with them. */
  readonly timedOut: number
}

/** The connections of one worker to the database. */
export interface DatabaseFigures extends ConnectionPoolStats {
  /** How many its server grants to ordinary users together; null when it has not said so, or has no such limit. */
  readonly connectionLimit: number | null
}

/** One upstream as one worker sees it. */
export interface UpstreamFigures {
  readonly name: string
  readonly calls: number
  readonly failures: number
  /** Calls beyond the first round over the upstreams, and calls made because another upstream had failed. */
  readonly retries: number
  readonly failovers: number
  /** Health checks made and failed, and times it was ejected for failing calls. */
  readonly checks: number
  readonly failedChecks: number
  readonly ejections: number
  /** Time from having a connection to giving it back, and time waited for one, of all calls. */
  readonly holdMs: Milliseconds
  readonly waitMs: Milliseconds
  /** How many calls held their connection for so long, in the classes of WAIT_BOUNDS_MS. */
  readonly holdCounts: readonly number[]
  /** Open connections (shared by all upstreams of the same host and port), calls that have one, and calls that wait for one. */
  readonly connected: number
  readonly running: number
  readonly pending: number
  readonly breaker: 'closed' | 'open' | 'half-open' | 'disabled'
}

/** Calls of one worker, whatever upstream they went to. */
export interface FailoverFigures {
  /** Retries that the budget did not allow. */
  readonly retriesRefused: number
  /** Answers given without the upstream that they needed. */
  readonly degraded: number
}

/** What is wrong with a simulated upstream; a field that is absent is not wrong. */
export interface UpstreamFault {
  /** Share of the calls answered with 500, 0 to 1. */
  readonly errorRate?: number
  /** Multiplies every latency; above 0. */
  readonly latencyFactor?: number
  /** Calls are never answered, or their connections are reset. */
  readonly silence?: 'hang' | 'reset'
  /** Answers come a byte at a time, or break off in the middle. */
  readonly body?: 'drip' | 'truncate'
  /** Calls served at the same time; more are answered with 503. */
  readonly capacity?: number
  /** All of this is so in the first half of each such time only, counted from when it was switched on. */
  readonly flappingMs?: Milliseconds
}

/** Controller to simulator process. A fault replaces the one before it. */
export type SimulatorCommand =
  | { readonly type: 'start'; readonly profiles: readonly SimulatorProfile[] }
  | { readonly type: 'fault'; readonly name: string; readonly fault: UpstreamFault }

/** Simulator process to controller; one port for each profile, in their order. */
export type SimulatorMessage =
  | { readonly type: 'listening'; readonly ports: readonly number[] }
  | { readonly type: 'fault-set' }

/** How a simulated upstream behaves when nothing is wrong. */
export interface SimulatorProfile {
  readonly name: string
  readonly seed: number
  /** Log-normal latency: the median, and the standard deviation of its logarithm. */
  readonly medianMs: Milliseconds
  readonly sigma: number
  /** Calls served at the same time; more are answered with 503. */
  readonly concurrency: number
}
