import type { Report } from '../core/report.ts'

/**
 * One JSON document a line, in order of time: `type: "second"` for each second of a run, then `type: "run"` for the run
 * itself. `workers` is their number in both; what each process of the target did in a second is `targetProcesses`.
 */
export function renderNdjson(report: Report): string {
  const documents = report.runs.flatMap(({ timeline, ...run }) => {
    const { scenario, phase, workers, repetition } = run
    return [
      ...timeline.map(({ workers: targetProcesses, ...entry }) => ({
        type: 'second',
        scenario,
        phase,
        workers,
        repetition,
        ...entry,
        ...(targetProcesses === undefined ? {} : { targetProcesses }),
      })),
      { type: 'run', ...run },
    ]
  })
  return documents.map((document) => `${JSON.stringify(document)}\n`).join('')
}
