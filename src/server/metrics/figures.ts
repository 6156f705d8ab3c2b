import type { WorkerStats } from '../messages.ts'
import type { SnapshotBuilder } from './snapshot.ts'

/** Adds what the statistics of a worker say of its cache, upstreams, database and CPU threads; nothing for what is off. */
export function addFigures(snapshot: SnapshotBuilder, stats: WorkerStats): void {
  addCache(snapshot, stats)
  addUpstreams(snapshot, stats)
  addDatabase(snapshot, stats)
  addCpuThreads(snapshot, stats)
}

function addCache(snapshot: SnapshotBuilder, { cache }: WorkerStats): void {
  if (cache === null) return
  snapshot.add('tune_cache_hits_total', cache.hits)
  snapshot.add('tune_cache_misses_total', cache.misses)
  snapshot.add('tune_cache_coalesced_total', cache.coalesced)
  snapshot.add('tune_cache_entries', cache.entries)
  snapshot.add('tune_cache_bytes', cache.bytes)
}

function addUpstreams(snapshot: SnapshotBuilder, { upstreams }: WorkerStats): void {
  for (const upstream of upstreams) {
    const { name, connected, running } = upstream
    snapshot.add('tune_upstream_calls_total', upstream.calls, name)
    snapshot.add('tune_upstream_call_failures_total', upstream.failures, name)
    snapshot.add('tune_upstream_retries_total', upstream.retries, name)
    snapshot.add('tune_upstream_failovers_total', upstream.failovers, name)
    snapshot.add('tune_upstream_pool_connected', connected, name)
    // A call may have its place before its connection is open.
    snapshot.add('tune_upstream_pool_free', Math.max(0, connected - running), name)
    snapshot.add('tune_upstream_pool_running', running, name)
    snapshot.add('tune_upstream_pool_pending', upstream.pending, name)
    snapshot.add('tune_upstream_pool_wait_seconds_total', upstream.waitMs / 1_000, name)
    snapshot.add('tune_upstream_pool_hold_seconds_total', upstream.holdMs / 1_000, name)
  }
}

function addDatabase(snapshot: SnapshotBuilder, { database }: WorkerStats): void {
  if (database === null) return
  snapshot.add('tune_database_pool_connected', database.connected)
  snapshot.add('tune_database_pool_free', database.idle)
  snapshot.add('tune_database_pool_running', database.running)
  snapshot.add('tune_database_pool_pending', database.pending)
  snapshot.add('tune_database_pool_exhausted_total', database.exhausted)
  snapshot.add('tune_database_pool_wait_seconds_total', database.waitMs / 1_000)
  snapshot.add('tune_database_pool_hold_seconds_total', database.holdMs / 1_000)
}

function addCpuThreads(snapshot: SnapshotBuilder, { cpuThreads }: WorkerStats): void {
  if (cpuThreads === null) return
  snapshot.add('tune_cpu_threads_running', cpuThreads.running)
  snapshot.add('tune_cpu_threads_waiting', cpuThreads.waiting)
  snapshot.add('tune_cpu_threads_refused_total', cpuThreads.refused)
  snapshot.add('tune_cpu_threads_timed_out_total', cpuThreads.timedOut)
}
