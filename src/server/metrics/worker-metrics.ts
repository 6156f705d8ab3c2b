import type { QueueRefusal } from '../../resilience/request-queue.ts'
import type { WorkerStats } from '../messages.ts'
import type { BreakerFigures } from '../upstream/upstream.ts'
import { FAMILY_NAMES, METRIC_FAMILIES } from './families.ts'
import type { ProcessFigures } from './family.ts'
import type { LayerCounts } from './layer-counts.ts'
import { ProcessCpu } from './process-cpu.ts'
import type { RequestMetrics } from './request-metrics.ts'
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
  readonly hasPressure: boolean
}

/** Reads all values of one worker together; meant for once a second. */
export class WorkerMetrics {
  readonly #sources: WorkerMetricsSources
  readonly #cpu = new ProcessCpu()
  #loop = { activeMs: 0, idleMs: 0 }

  constructor(sources: WorkerMetricsSources) {
    this.#sources = sources
  }

  snapshot(): MetricsSnapshot {
    const { requests, counts, queueRefusals, hasRateLimit, hasCompression, hasPressure } = this.#sources
    const stats = this.#sources.stats()
    const worker = {
      stats,
      breakers: this.#sources.breakers(),
      rateLimit: hasRateLimit ? counts.rateLimit : null,
      queue: queueRefusals === null ? null : { wait: counts.queueWait, refused: queueRefusals() },
      compression: hasCompression ? counts.compression : null,
      pressure: hasPressure ? counts.pressure : null,
      edge: counts.edge,
      process: this.#processFigures(stats),
    }
    const snapshot = new SnapshotBuilder()
    requests.addTo(snapshot)
    snapshot.add('tune_pipelined_requests_discarded_total', counts.discarded)
    for (const name of FAMILY_NAMES) {
      for (const series of METRIC_FAMILIES[name].read(worker)) snapshot.add(name, ...series)
    }
    return snapshot.build()
  }

  #processFigures({ loopActiveMs, loopIdleMs }: WorkerStats): ProcessFigures {
    const activeMs = loopActiveMs - this.#loop.activeMs
    const spanMs = activeMs + loopIdleMs - this.#loop.idleMs
    this.#loop = { activeMs: loopActiveMs, idleMs: loopIdleMs }
    return {
      cpuSeconds: this.#cpu.seconds(),
      residentBytes: process.memoryUsage.rss(),
      loopUtilization: spanMs > 0 ? activeMs / spanMs : undefined,
    }
  }
}
