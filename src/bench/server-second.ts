import { worstBreaker } from '../core/breaker-state.ts'
import type { TimelineEntry } from '../core/report.ts'
import type { TargetStats, UpstreamFigures, WorkerStats } from '../server/messages.ts'
import { type Growth, growthBetween } from './worker-growth.ts'

type ServerSecond = NonNullable<TimelineEntry['server']>

/**
 * What the bundled server did between two looks, over all workers.
 *
 * @returns null when a worker did not answer at one of both ends: the sums would leave it out
 */
export function serverSecondBetween(before: TargetStats | null, after: TargetStats | null): ServerSecond | null {
  const grown = growthBetween(before, after)
  const workers = after?.workers ?? []
  if (grown === null || workers.length === 0) return null
  const hasCache = workers.some(({ cache }) => cache !== null)
  const hasQueue = workers.some(({ queue }) => queue !== null)
  return {
    cacheHits: hasCache ? grown(({ cache }) => cache?.hits ?? 0) : null,
    cacheMisses: hasCache ? grown(({ cache }) => (cache?.misses ?? 0) + (cache?.coalesced ?? 0)) : null,
    queueRunning: hasQueue ? sumOf(workers, ({ queue }) => queue?.running ?? 0) : null,
    queueWaiting: hasQueue ? sumOf(workers, ({ queue }) => queue?.waiting ?? 0) : null,
    queueRefused: hasQueue ? grown(({ queue }) => queue?.refused ?? 0) : null,
    upstreams: namesOf(workers).map((name) => upstreamSecond(name, workers, grown)),
  }
}

function upstreamSecond(
  name: string,
  workers: readonly WorkerStats[],
  grown: Growth,
): ServerSecond['upstreams'][number] {
  const figures = workers.flatMap((worker) => upstreamOf(worker, name) ?? [])
  return {
    name,
    calls: grown((worker) => upstreamOf(worker, name)?.calls ?? 0),
    failures: grown((worker) => upstreamOf(worker, name)?.failures ?? 0),
    holdMs: grown((worker) => upstreamOf(worker, name)?.holdMs ?? 0),
    breaker: worstBreaker(figures.map(({ breaker }) => breaker)),
    poolRunning: sumOf(figures, ({ running }) => running),
    poolPending: sumOf(figures, ({ pending }) => pending),
    poolConnected: sumOf(figures, ({ connected }) => connected),
  }
}

function upstreamOf({ upstreams }: WorkerStats, name: string): UpstreamFigures | undefined {
  return upstreams.find((upstream) => upstream.name === name)
}

function namesOf(workers: readonly WorkerStats[]): readonly string[] {
  return [...new Set(workers.flatMap(({ upstreams }) => upstreams.map(({ name }) => name)))]
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0)
}
