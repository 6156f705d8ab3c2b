import type { Report, Run } from '../../core/report.ts'
import { formatFraction, formatMs, formatNumber, formatQuantity } from '../format.ts'
import { headlineRun, isPartial, overallValidity, runLabel } from '../run-facts.ts'
import type { Tone } from '../style.ts'
import type { Page } from './page.ts'

const LABELS: Readonly<Record<Run['validity']['verdict'], { readonly text: string; readonly tone: Tone }>> = {
  valid: { text: 'VALID', tone: 'good' },
  suspect: { text: 'SUSPECT', tone: 'warning' },
  invalid: { text: 'INVALID', tone: 'bad' },
}

/** Whether the figures may be believed, in one loud line, and each reason when not without reserve. */
export function writeValidity(page: Page, report: Report): void {
  if (isPartial(report)) {
    page.paragraph('the run was interrupted; the figures cover what was sent until then', {
      indent: 0,
      label: { text: 'PARTIAL', tone: 'warning' },
    })
  }
  const verdict = overallValidity(report)
  page.paragraph(sentenceOf(verdict, report), { indent: 0, label: LABELS[verdict] })
  if (report.tuning !== undefined) return writeReasonsOnce(page, report)
  for (const run of report.runs) {
    for (const reason of run.validity.reasons) {
      const { text, tone } = LABELS[reason.severity]
      const label = { text: text.toLowerCase(), tone }
      page.paragraph(`${runLabel(run, report.runs)}: ${reason.evidence}`, { label })
      page.paragraph({ text: reason.hint, tone: 'dim' }, { labelColumns: text.length + 2 })
    }
  }
}

/** What a search does on purpose: short phases, the first of them over few connections. */
const EXPECTED_IN_SEARCH: ReadonlySet<string> = new Set(['few-samples', 'few-connections'])

/** A search has many phases: each kind of reason once, by its worst phase. */
function writeReasonsOnce(page: Page, { runs }: Report): void {
  const all = runs.flatMap((run) => run.validity.reasons.map((reason) => ({ run, reason })))
  const kinds = Map.groupBy(
    all.filter(({ reason }) => !EXPECTED_IN_SEARCH.has(reason.code)),
    ({ reason }) => reason.code,
  )
  for (const found of kinds.values()) {
    const worst = found.find(({ reason }) => reason.severity === 'invalid') ?? found[0]
    if (worst === undefined) continue
    const { text, tone } = LABELS[worst.reason.severity]
    const others = found.length === 1 ? '' : ` (and ${formatQuantity(found.length - 1, 'other phase')})`
    const label = { text: text.toLowerCase(), tone }
    page.paragraph(`${runLabel(worst.run, runs)}: ${worst.reason.evidence}${others}`, { label })
    page.paragraph({ text: worst.reason.hint, tone: 'dim' }, { labelColumns: text.length + 2 })
  }
}

function sentenceOf(verdict: Run['validity']['verdict'], report: Report): string {
  if (report.runs.length === 0) return 'nothing was measured'
  switch (verdict) {
    case 'valid':
      return evidenceOf(headlineRun(report.runs))
    case 'suspect':
      return 'read the figures with reserve:'
    case 'invalid':
      return 'the figures do not show what the target can do:'
  }
}

function evidenceOf(run: Run | undefined): string {
  if (run === undefined) return ''
  const { sendRatio, lateP99Ms, cpuFraction } = run.generator
  return lateP99Ms === null
    ? `the generator kept up, on ${formatNumber(cpuFraction)} CPUs`
    : `${formatFraction(sendRatio)} of the arrivals were sent, 99% of them less than ${formatMs(Math.max(lateP99Ms, 0.001))} late`
}
