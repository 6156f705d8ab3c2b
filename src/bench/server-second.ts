import type { TimelineEntry } from '../core/report.ts'
import type { TargetStats, UpstreamFigures, WorkerStats } from '../server/messages.ts'

type ServerSecond = NonNullable<TimelineEntry['server']>

/** From the best to the worst. */
const BREAKER_STATES = ['disabled', 'closed', 'half-open', 'open'] as const

/**
 * What the bundled server did between two looks, over all workers. A worker that is new counts from its start; one that was
 * replaced in between takes its last figures with it, so sums may be a little low then, but never negative.
 *
 * @returns null when a worker did not answer at one of both ends: the sums would leave it out
 */
export function serverSecondBetween(before: TargetStats | null, after: TargetStats | null): ServerSecond | null {
  if (before === null || after === null) return null
  if (before.silentPids.length > 0 || after.silentPids.length > 0 || after.workers.length === 0) return null
  const pairs = after.workers.map((now) => ({ now, earlier: before.workers.find(({ pid }) => pid === now.pid) }))
  const { workers } = after
  const hasCache = workers.some(({ cache }) => cache !== null)
  const hasQueue = workers.some(({ queue }) => queue !== null)
  const grown = (figure: (worker: WorkerStats) => number): number =>
    pairs.reduce((sum, { now, earlier }) => sum + grownBy(figure(now), earlier === undefined ? 0 : figure(earlier)), 0)
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
  grown: (figure: (worker: WorkerStats) => number) => number,
): ServerSecond['upstreams'][number] {
  const figures = workers.flatMap((worker) => upstreamOf(worker, name) ?? [])
  return {
    name,
    calls: grown((worker) => upstreamOf(worker, name)?.calls ?? 0),
    failures: grown((worker) => upstreamOf(worker, name)?.failures ?? 0),
    breaker: BREAKER_STATES.findLast((state) => figures.some(({ breaker }) => breaker === state)) ?? 'disabled',
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

/** A counter that is smaller than before belongs to a new process. */
function grownBy(now: number, earlier: number): number {
  return now >= earlier ? now - earlier : now
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0)
}
