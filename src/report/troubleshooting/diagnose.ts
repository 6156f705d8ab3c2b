import type { Report } from '../../core/report.ts'
import { isPartial, runLabel } from '../run-facts.ts'
import { FAILURES } from './failures.ts'
import { MEMORY } from './memory-symptoms.ts'
import { REFUSALS } from './refusals.ts'
import { SLOW_ANSWERS } from './slow-answers.ts'
import { SLOW_DEPENDENCIES } from './slow-dependencies.ts'
import type { Symptom, VisibleSymptom } from './symptom.ts'
import { UNSEEN } from './unseen.ts'

/** All symptoms, by chapter of docs/troubleshooting.md. */
export const SYMPTOM_CHAPTERS: readonly (readonly [title: string, symptoms: readonly Symptom[]])[] = [
  ['Requests are refused', REFUSALS],
  ['Requests fail', FAILURES],
  ['Memory', MEMORY],
  ['Slow answers', [...SLOW_ANSWERS, ...SLOW_DEPENDENCIES]],
  ['What no report shows', UNSEEN],
]

/** The most urgent first: requests without a good answer, before those with a late one. */
const BY_URGENCY: readonly VisibleSymptom[] = [
  ...REFUSALS,
  ...FAILURES,
  ...MEMORY,
  ...SLOW_ANSWERS,
  ...SLOW_DEPENDENCIES,
]

/** A symptom that a report shows. */
export interface Diagnosis {
  readonly symptom: VisibleSymptom
  /** Its figures, after the phase where there are several; for one line. */
  readonly evidence: string
}

/**
 * Holds a report against the table of symptoms: each at most once, with the last run that shows it. A run in which something
 * was wrong on purpose is left out, because it shows what it was made to show; of a search only what ran with the recommended
 * settings counts. A report that was cut short shows nothing.
 */
export function diagnose(report: Report): readonly Diagnosis[] {
  if (isPartial(report)) return []
  const proposed = report.tuning?.probes.flatMap(({ side, runs }) => (side === 'recommended' ? runs : []))
  const judged = report.runs.filter(
    ({ faults }, index) => faults === undefined && (proposed === undefined || proposed.includes(index)),
  )
  return BY_URGENCY.flatMap((symptom) => {
    const seen = judged.flatMap((run) => {
      const figures = symptom.seenIn(run, report)
      return figures === null ? [] : [report.runs.length === 1 ? figures : `${runLabel(run, report.runs)}: ${figures}`]
    })
    const evidence = seen.at(-1)
    return evidence === undefined ? [] : [{ symptom, evidence }]
  })
}
