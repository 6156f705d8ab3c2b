import type { TargetStats, UpstreamFigures, WorkerStats } from '../../../src/server/messages.ts'

/** An upstream that nothing has called, but for what a test wants to be different. */
export function upstreamFixture(changes: Partial<UpstreamFigures>): UpstreamFigures {
  const idle = { calls: 0, failures: 0, retries: 0, failovers: 0, holdMs: 0, waitMs: 0 }
  return { name: 'primary', ...idle, connected: 0, running: 0, pending: 0, breaker: 'closed', ...changes }
}

/** A worker that has done nothing. */
export function workerFixture(pid: number, changes: Partial<WorkerStats> = {}): WorkerStats {
  const idle = { requests: 0, loopActiveMs: 0, loopIdleMs: 0, heapUsedBytes: 0, externalBytes: 0 }
  return { pid, ...idle, cache: null, queue: null, cpuThreads: null, database: null, upstreams: [], ...changes }
}

/** What a target of these workers tells; its primary is process 1. */
export function statsFixture(workers: readonly WorkerStats[], silentPids: readonly number[] = []): TargetStats {
  return { primaryPid: 1, workers, silentPids, recycled: 0, crashed: 0 }
}

/** A cache that holds nothing. */
export function cacheFixture(hits: number, misses: number, coalesced = 0): NonNullable<WorkerStats['cache']> {
  return { hits, misses, coalesced, entries: 0, bytes: 0 }
}
