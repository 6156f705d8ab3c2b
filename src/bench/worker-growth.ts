import type { TargetStats, WorkerStats } from '../server/messages.ts'

/** What a counter of the workers grew by between two looks, summed over all of them. */
export type Growth = (counter: (worker: WorkerStats) => number) => number

/**
 * How the counters of the bundled server grew between two looks. A worker that is new counts from its start; one that was
 * replaced in between takes its last figures with it, so sums may be a little low then, but never negative.
 *
 * @returns null when a worker did not answer at one of both ends: the sums would leave it out
 */
export function growthBetween(before: TargetStats | null, after: TargetStats | null): Growth | null {
  const earlierWorkers = statsOfAll(before)
  const workers = statsOfAll(after)
  if (earlierWorkers === null || workers === null) return null
  const pairs = workers.map((now) => ({ now, earlier: earlierWorkers.find(({ pid }) => pid === now.pid) }))
  return (counter) =>
    pairs.reduce(
      (sum, { now, earlier }) => sum + grownBy(counter(now), earlier === undefined ? 0 : counter(earlier)),
      0,
    )
}

/** The figures of all workers; null when one of them did not answer: sums over the others would be wrong. */
export function statsOfAll(stats: TargetStats | null): readonly WorkerStats[] | null {
  return stats === null || stats.silentPids.length > 0 ? null : stats.workers
}

/** What a counter grew by; one that is smaller than before belongs to a new process. */
export function grownBy(now: number, earlier: number): number {
  return now >= earlier ? now - earlier : now
}
