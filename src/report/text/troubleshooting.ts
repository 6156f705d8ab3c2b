import type { Report } from '../../core/report.ts'
import { diagnose } from '../troubleshooting/diagnose.ts'
import type { Column } from './columns.ts'
import type { Page } from './page.ts'

/** A page has room for the worst; the files for all of them. */
const MOST_LINES = 3

/** Where it is narrow the figures are cut, which stand elsewhere too; what to change is not. */
const COLUMNS: readonly Column[] = [
  { title: '', align: 'left', minimum: 14 },
  { title: '', align: 'left' },
]

/** What the figures speak of and what to change, a line each; nothing when all is well. */
export function writeTroubleshooting(page: Page, report: Report): void {
  const diagnoses = diagnose(report)
  if (diagnoses.length === 0) return
  const more = diagnoses.length - MOST_LINES
  const where = 'docs/troubleshooting.md'
  page.heading('Troubleshooting', more > 0 ? `${more} more with -o report.html; ${where}` : where)
  page.table(
    COLUMNS,
    diagnoses
      .slice(0, MOST_LINES)
      .map(({ symptom, evidence }) => [{ text: evidence, tone: 'warning' }, `→ ${symptom.remedy}`]),
  )
}
