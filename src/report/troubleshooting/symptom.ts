import type { Report, Run } from '../../core/report.ts'

/** Something that goes wrong, what probably causes it, and what to do. Plain text: settings stand there by their names. */
export interface Symptom {
  /** Stable name, and the anchor in docs/troubleshooting.md. */
  readonly id: string
  readonly title: string
  /** How a report shows it, in words; or why none does. `slow`: see `slowAnswers`. */
  readonly sign: string
  readonly cause: string
  readonly check: string
  /** Commands that help to look at it, of tune and of others. */
  readonly commands: readonly string[]
  /** Settings to change, and what helps beside them. */
  readonly change: string
}

/** A symptom that the figures of a report show. */
export interface VisibleSymptom extends Symptom {
  /** `change` in a few words, for one line. */
  readonly remedy: string
  /** What a run shows of it, with its figures; null when it does not. */
  readonly seenIn: (run: Run, report: Report) => string | null
}
