import type { TargetStats, UpstreamFigures, WorkerStats } from '../../../src/server/messages.ts'

/** An upstream that nothing has called, but for what a test wants to be different. */
export function upstreamFixture(changes: Partial<UpstreamFigures>): UpstreamFigures {
  const idle = { calls: 0, failures: 0, retries: 0, failovers: 0, checks: 0, failedChecks: 0, ejections: 0 }
  return {
    name: 'primary',
    ...idle,
    holdMs: 0,
    waitMs: 0,
    holdCounts: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    connected: 0,
    running: 0,
    pending: 0,
    breaker: 'closed',
    ...changes,
  }
}

/** A worker that has done nothing. */
export function workerFixture(pid: number, changes: Partial<WorkerStats> = {}): WorkerStats {
  const idle = { requests: 0, loopActiveMs: 0, loopIdleMs: 0, heapUsedBytes: 0, externalBytes: 0 }
  return {
    pid,
    ...idle,
    cache: null,
    queue: null,
    cpuThreads: null,
    database: null,
    upstreams: [],
    failover: { retriesRefused: 0, degraded: 0 },
    ...changes,
  }
}

/** What a target of these workers tells; its primary is process 1. */
export function statsFixture(workers: readonly WorkerStats[], silentPids: readonly number[] = []): TargetStats {
  return { primaryPid: 1, workers, silentPids, recycled: 0, crashed: 0 }
}

/** A cache that holds nothing. */
export function cacheFixture(hits: number, misses: number, coalesced = 0): NonNullable<WorkerStats['cache']> {
  const rest = { stale: 0, refreshes: 0, hitRate: 0, entries: 0, bytes: 0, shared: null }
  return { hits, misses, coalesced, ...rest }
}

/** The connections of a worker to a database: `acquired` of them were handed out and held for 8 ms each, and nobody waited. */
export function databaseFixture(
  acquired: number,
  changes: Partial<NonNullable<WorkerStats['database']>> = {},
): NonNullable<WorkerStats['database']> {
  const now = { connected: 5, idle: 5, running: 0, pending: 0, connectionLimit: null }
  const waits = { waits: 0, waitMs: 0, waitCounts: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }
  return { ...now, ...waits, acquired, exhausted: 0, holdMs: acquired * 8, ...changes }
}
