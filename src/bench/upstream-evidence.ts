import type { Run } from '../core/report.ts'
import { WAIT_BOUNDS_MS } from '../resilience/wait-counts.ts'
import type { UpstreamFigures, WorkerStats } from '../server/messages.ts'
import type { UpstreamUse } from '../sizing/sizing-input.ts'
import type { BenchOptions } from './bench.ts'
import type { PhaseOutcome } from './run-phase.ts'
import { growthBetween } from './worker-growth.ts'

/**
 * Upstream calls between both ends of a phase, all workers and upstreams together; null when nothing was called, or a worker
 * did not tell.
 */
export function upstreamUse(
  run: Run,
  { before, after }: PhaseOutcome['samples'],
  isSimulated: boolean,
): UpstreamUse | null {
  const grown = growthBetween(before?.stats ?? null, after?.stats ?? null)
  if (grown === null) return null
  const sumOf =
    (figure: (upstream: UpstreamFigures) => number) =>
    ({ upstreams }: WorkerStats): number =>
      upstreams.reduce((sum, upstream) => sum + figure(upstream), 0)
  const calls = grown(sumOf((upstream) => upstream.calls))
  const holdMs = grown(sumOf((upstream) => upstream.holdMs))
  if (calls <= 0 || holdMs <= 0 || run.requests.good <= 0) return null
  return {
    callsPerRequest: calls / run.requests.good,
    meanHoldMs: holdMs / calls,
    counted: {
      calls,
      failures: grown(sumOf(({ failures }) => failures)),
      holdCounts: Array.from({ length: WAIT_BOUNDS_MS.length + 1 }, (_, index) =>
        grown(sumOf(({ holdCounts }) => holdCounts[index] ?? 0)),
      ),
      isSimulated,
    },
  }
}

/** Whether the bundled server calls simulators, because nobody named upstreams. */
export function hasSimulators({ target }: BenchOptions): boolean {
  if (target.kind !== 'bundled') return false
  const upstreams = target.settings.get('UPSTREAMS')?.value
  return !Array.isArray(upstreams) || upstreams.length === 0
}
