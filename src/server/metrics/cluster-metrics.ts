import type { Clock, Milliseconds } from '../../core/clock.ts'
import { pageOf } from './exposition.ts'
import type { MetricsFormat } from './exposition.ts'
import { MergedValues } from './merged-values.ts'
import { SnapshotBuilder } from './snapshot.ts'
import type { MetricsSnapshot } from './snapshot.ts'

interface Told {
  readonly slot: number
  readonly snapshot: MetricsSnapshot
  readonly atMs: Milliseconds
}

/** Workers whose last words may still be on their way when their end is known: far more than end at the same time. */
const MAX_LATE_WORKERS = 100

/**
 * The metrics of the whole server, kept by the primary from what its workers tell.
 *
 * Workers tell their values as counts since they started. What a worker has counted goes into a ledger when it ends, so
 * that sums never fall, however it ends; its gauges go with it. A page is made of what was told last and waits for nobody.
 */
export class ClusterMetrics {
  readonly #clock: Clock
  readonly #live = new Map<number, Told>()
  /** Ended, but not in the ledger yet: a channel may deliver the last values after the end of the process. */
  readonly #late = new Map<number, Told>()
  readonly #ledger = new MergedValues()
  readonly #restarts = new Map<string, number>()
  readonly #ownFigures: ((snapshot: SnapshotBuilder) => void) | undefined

  /** @param ownFigures adds what the primary itself has to tell */
  constructor(clock: Clock, ownFigures?: (snapshot: SnapshotBuilder) => void) {
    this.#clock = clock
    this.#ownFigures = ownFigures
  }

  /**
   * Replaces what a worker told before.
   *
   * @param workerId never used again for another worker
   * @param slot of the worker, from 0; its successor has the same
   */
  update(workerId: number, slot: number, snapshot: MetricsSnapshot): void {
    const among = this.#late.has(workerId) ? this.#late : this.#live
    among.set(workerId, { slot, snapshot, atMs: this.#clock.now() })
  }

  /** The worker has ended; calling it again does nothing. */
  retire(workerId: number): void {
    const told = this.#live.get(workerId)
    this.#live.delete(workerId)
    // An entry even for a worker that told nothing yet: its only words may come late.
    if (!this.#late.has(workerId)) this.#late.set(workerId, told ?? NOTHING_TOLD)
    for (const [oldestId, oldest] of this.#late) {
      if (this.#late.size <= MAX_LATE_WORKERS) break
      this.#ledger.add(oldest.snapshot, oldest.slot, 'counts')
      this.#late.delete(oldestId)
    }
  }

  /** @param reason one of few words */
  countRestart(reason: string): void {
    this.#restarts.set(reason, (this.#restarts.get(reason) ?? 0) + 1)
  }

  /** The metrics page as it is now. */
  page(format: MetricsFormat): string {
    const all = new MergedValues()
    all.addAll(this.#ledger)
    for (const { snapshot, slot } of this.#late.values()) all.add(snapshot, slot, 'counts')
    const nowMs = this.#clock.now()
    for (const { snapshot, slot, atMs } of this.#live.values()) {
      all.add(snapshot, slot)
      const ageS = Math.max(0, nowMs - atMs) / 1_000
      all.add(new SnapshotBuilder().add('tune_worker_scrape_age_seconds', ageS).build(), slot)
    }
    const own = new SnapshotBuilder().add('tune_workers', this.#live.size)
    for (const [reason, count] of this.#restarts) own.add('tune_worker_restarts_total', count, reason)
    this.#ownFigures?.(own)
    all.add(own.build(), undefined)
    return pageOf(all, format)
  }
}

const NOTHING_TOLD: Told = { slot: 0, snapshot: new Map(), atMs: 0 }
