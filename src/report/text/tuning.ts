import type { Report, Tuning } from '../../core/report.ts'
import type { Tone } from '../style.ts'
import {
  capacityWords,
  choiceWords,
  PROBE_TITLES,
  probeCells,
  tuningCost,
  unfinishedWords,
  verificationAdvice,
  verificationWords,
} from '../tuning-facts.ts'
import type { Column } from './columns.ts'
import type { Page } from './page.ts'

/** How the columns of the probes give way; the words may be cut most. */
const ROOM: readonly Partial<Column>[] = [
  {},
  {},
  {},
  { expendable: 2 },
  { expendable: 3 },
  { minimum: 20, expendable: 1 },
]

const OUTCOME_TONES: Readonly<Record<NonNullable<Tuning['verification']>['outcome'], Tone>> = {
  better: 'good',
  equivalent: 'bold',
  same: 'bold',
  worse: 'warning',
  inconclusive: 'warning',
  skipped: 'warning',
}

/** How the settings were found: the worker count and its probes, the rate that keeps the objectives, and the proof. */
export function writeTuning(page: Page, { tuning, interrupted }: Report): void {
  if (tuning === undefined) return
  page.heading('Search', tuningCost(tuning))
  const choice = choiceWords(tuning)
  if (choice !== null) page.paragraph(choice.why, { label: { text: choice.what, tone: 'bold' } })
  for (const doubt of tuning.choice?.doubts ?? []) {
    page.paragraph(doubt, { label: { text: 'doubt', tone: 'warning' } })
  }
  const last = PROBE_TITLES.length - 1
  page.table(
    PROBE_TITLES.map((title, index) => ({ title, align: index === last ? 'left' : 'right', ...ROOM[index] })),
    tuning.probes.map(probeCells),
  )
  const capacity = capacityWords(tuning)
  if (capacity !== null) {
    page.heading('Capacity')
    page.paragraph(tuning.capacity === null ? { text: capacity, tone: 'warning' } : capacity)
  }
  if (tuning.verification === null) {
    page.paragraph({ text: unfinishedWords({ interrupted }), tone: 'warning' })
    return
  }
  const { outcome } = tuning.verification
  page.heading('Verification')
  page.paragraph(verificationWords(tuning.verification), { label: { text: outcome, tone: OUTCOME_TONES[outcome] } })
  const advice = verificationAdvice(tuning.verification)
  if (advice !== null) page.paragraph(advice)
}
