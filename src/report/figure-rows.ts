import type { LatencySummary } from '../core/measurement.ts'
import type { Run } from '../core/report.ts'
import { formatCount, formatMs, formatRate } from './format.ts'
import { describeLoad, latencyKind, runLabel } from './run-facts.ts'

/** The titles of `figureRows`. */
export const FIGURE_TITLES: readonly string[] = [
  'phase',
  'load',
  'time',
  'p50',
  'p95',
  'p99',
  'max',
  'throughput',
  'goodput',
  'not good',
  'CPU/request',
]

/** The first column of `figureRows` that holds figures. */
export const FIRST_FIGURE = 3

/** The figures of all runs, for the tables of documents; a run with an open workload has its service time in a row of its own. */
export function figureRows(runs: readonly Run[]): readonly (readonly string[])[] {
  return runs.flatMap((run) => {
    const { kind, of } = latencyKind(run)
    const rates = [
      formatRate(run.throughputPerS),
      formatRate(run.goodputPerS),
      formatCount(run.requests.scheduled - run.requests.good),
      formatMs(run.targetUse?.cpuMsPerRequest ?? null),
    ]
    const first = [runLabel(run, runs), describeLoad(run), kind, ...times(of(run)), ...rates]
    return kind === 'service'
      ? [first]
      : [first, ['', '', 'service', ...times(run.serviceTime), ...rates.map(() => '')]]
  })
}

function times({ p50Ms, p95Ms, p99Ms, maxMs }: LatencySummary): readonly string[] {
  return [p50Ms, p95Ms, p99Ms, maxMs].map(formatMs)
}
