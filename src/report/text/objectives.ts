import type { Check, Report } from '../../core/report.ts'
import type { Tone } from '../style.ts'
import { formatInterval } from '../checks.ts'
import type { Column } from './columns.ts'
import type { Page } from './page.ts'

const COLUMNS: readonly Column[] = [
  { title: 'outcome', align: 'left' },
  { title: 'objective', align: 'left', minimum: 14 },
  { title: 'measured', align: 'left', minimum: 24 },
  { title: '95% interval', align: 'left', expendable: 1 },
  { title: 'of', align: 'left', minimum: 30, expendable: 2 },
]

const TONES: Readonly<Record<Check['outcome'], Tone>> = { pass: 'good', fail: 'bad', inconclusive: 'warning' }

/** Whether the objectives were kept, each with what was found; nothing when there are none. */
export function writeObjectives(page: Page, { verdict }: Report): void {
  if (verdict.outcome === 'none') return
  page.heading('Objectives', {
    text: `${verdict.outcome.toUpperCase()}: ${summaryOf(verdict)}`,
    tone: TONES[verdict.outcome],
  })
  page.table(
    COLUMNS,
    verdict.checks.map((check) => [
      { text: check.outcome.toUpperCase(), tone: TONES[check.outcome] },
      check.expected,
      check.actual,
      formatInterval(check),
      check.name,
    ]),
  )
}

function summaryOf({ outcome, checks }: Report['verdict']): string {
  const concerned = checks.filter((check) => check.outcome === outcome)
  const words = { pass: 'kept', fail: 'breached', inconclusive: 'cannot be judged', none: '' }[outcome]
  return `${concerned.length} of ${checks.length} ${words}`
}
