import type { WorkerStats } from '../messages.ts'
import type { QueueRefusal } from '../../resilience/request-queue.ts'
import type { BreakerFigures } from '../upstream.ts'
import type { LayerCounts } from './layer-counts.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { addFigures } from './figures.ts'
import { SnapshotBuilder } from './snapshot.ts'
import type { MetricsSnapshot } from './snapshot.ts'

/** Where the values of one worker come from. */
export interface WorkerMetricsSources {
  readonly requests: RequestMetrics
  readonly stats: () => WorkerStats
  readonly breakers: () => readonly BreakerFigures[]
  readonly counts: LayerCounts
  /** Null: the layer is switched off, and its families are not on the page. */
  readonly queueRefusals: (() => Readonly<Record<QueueRefusal, number>>) | null
  readonly hasRateLimit: boolean
  readonly hasCompression: boolean
}

const BREAKER_STATE_NUMBER = { closed: 0, 'half-open': 1, open: 2 } as const
const MICROSECONDS_PER_SECOND = 1_000_000

/** Reads all values of one worker together; meant for once a second. */
export class WorkerMetrics {
  readonly #sources: WorkerMetricsSources
  #loop = { activeMs: 0, idleMs: 0 }

  constructor(sources: WorkerMetricsSources) {
    this.#sources = sources
  }

  snapshot(): MetricsSnapshot {
    const { requests, stats, hasRateLimit, hasCompression } = this.#sources
    const figures = stats()
    const snapshot = new SnapshotBuilder()
    requests.addTo(snapshot)
    if (hasRateLimit) this.#addRateLimit(snapshot)
    addFigures(snapshot, figures)
    this.#addQueue(snapshot, figures)
    this.#addBreakers(snapshot)
    if (hasCompression) this.#addCompression(snapshot)
    this.#addProcess(snapshot, figures)
    return snapshot.build()
  }

  #addRateLimit(snapshot: SnapshotBuilder): void {
    const { allowed, limited } = this.#sources.counts.rateLimit
    snapshot.add('tune_rate_limit_requests_total', allowed, 'allowed')
    snapshot.add('tune_rate_limit_requests_total', limited, 'limited')
  }

  #addQueue(snapshot: SnapshotBuilder, { queue }: WorkerStats): void {
    const { queueRefusals, counts } = this.#sources
    if (queue === null || queueRefusals === null) return
    snapshot.add('tune_queue_length', queue.waiting).add('tune_queue_running', queue.running)
    snapshot.add('tune_queue_wait_seconds', counts.queueWait.values())
    for (const [reason, count] of Object.entries(queueRefusals())) {
      snapshot.add('tune_queue_dropped_total', count, reason)
    }
  }

  #addBreakers(snapshot: SnapshotBuilder): void {
    for (const { upstream, isAvailable, breaker } of this.#sources.breakers()) {
      snapshot.add('tune_upstream_healthy', isAvailable ? 1 : 0, upstream)
      if (breaker === undefined) continue
      snapshot.add('tune_circuit_breaker_state', BREAKER_STATE_NUMBER[breaker.state], upstream)
      snapshot.add('tune_circuit_breaker_failures_total', breaker.failed, upstream)
      snapshot.add('tune_circuit_breaker_trips_total', breaker.trips, upstream)
    }
  }

  #addCompression(snapshot: SnapshotBuilder): void {
    const { inputBytes, outputBytes, skipped } = this.#sources.counts.compression
    snapshot.add('tune_compression_input_bytes_total', inputBytes)
    snapshot.add('tune_compression_output_bytes_total', outputBytes)
    for (const [reason, count] of Object.entries(skipped)) {
      snapshot.add('tune_compression_skipped_total', count, reason)
    }
  }

  #addProcess(snapshot: SnapshotBuilder, stats: WorkerStats): void {
    const { user, system } = process.cpuUsage()
    snapshot.add('tune_worker_cpu_seconds_total', (user + system) / MICROSECONDS_PER_SECOND)
    snapshot.add('tune_worker_resident_memory_bytes', process.memoryUsage.rss())
    snapshot.add('tune_worker_heap_used_bytes', stats.heapUsedBytes)
    snapshot.add('tune_worker_external_memory_bytes', stats.externalBytes)
    const activeMs = stats.loopActiveMs - this.#loop.activeMs
    const spanMs = activeMs + stats.loopIdleMs - this.#loop.idleMs
    if (spanMs > 0) snapshot.add('tune_worker_event_loop_utilization', activeMs / spanMs)
    this.#loop = { activeMs: stats.loopActiveMs, idleMs: stats.loopIdleMs }
  }
}
