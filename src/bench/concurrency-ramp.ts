import type { Run } from '../core/report.ts'
import type { ConcurrencyRamp } from '../sizing/sizing-input.ts'

/**
 * Throughput over connections: the closed loops with as many workers as the last of them, right answers only. Null when they
 * all had the same number of connections, when the number of workers is not known, and when one of them is invalid.
 */
export function concurrencyRamp(runs: readonly Run[]): ConcurrencyRamp | null {
  const closed = runs.filter(({ workload, goodputPerS }) => workload.kind === 'closed' && goodputPerS > 0)
  const workers = closed.at(-1)?.workers ?? null
  const ramp = closed.filter((run) => run.workers === workers)
  const isInvalid = ramp.some(({ validity }) => validity.verdict === 'invalid')
  if (workers === null || workers === 0 || isInvalid) return null
  if (new Set(ramp.map(({ workload }) => workload.connections)).size < 2) return null
  return {
    workers,
    points: ramp.map(({ workload, goodputPerS }) => ({
      concurrency: workload.connections,
      throughputPerS: goodputPerS,
    })),
  }
}
