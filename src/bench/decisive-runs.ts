import type { Report, Run } from '../core/report.ts'

/** The runs of a report that tell most about sizing; undefined where there is none of a kind. */
export interface DecisiveRuns {
  /** At full load. */
  readonly closed: Run | undefined
  /** At a rate that leaves room. */
  readonly open: Run | undefined
}

/**
 * The last closed and the last open run; of a search, whose last runs are comparisons and rates that were too much, the last
 * at full load with the chosen worker count, and the one at a steady rate.
 */
export function decisiveRuns({ runs, tuning }: Report): DecisiveRuns {
  const ofKind = (kind: Run['workload']['kind'], among = runs): Run | undefined =>
    among.findLast(({ workload }) => workload.kind === kind)
  if (tuning === undefined) return { closed: ofKind('closed'), open: ofKind('open') }
  const { choice } = tuning
  const ofChoice = tuning.probes
    .filter(({ side, workers }) => side === null && (choice === null || workers === choice.workers))
    .flatMap((probe) => probe.runs.flatMap((index) => runs[index] ?? []))
  return { closed: ofKind('closed', ofChoice), open: runs.find(({ phase }) => phase === 'steady') }
}
