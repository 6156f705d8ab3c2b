import type { Recommendation } from '../../core/recommendation.ts'
import type { Report } from '../../core/report.ts'
import { formatNumber } from '../format.ts'
import { formatCurrent, formatEvidence, formatValue } from '../recommended-value.ts'
import { overallValidity, runLabel } from '../run-facts.ts'
import type { Column } from './columns.ts'
import type { Page } from './page.ts'

/** A long unit may be cut; the rest may not. */
const HEAD_COLUMNS: readonly Column[] = [
  { title: '', align: 'left' },
  { title: '', align: 'left', minimum: 8 },
  { title: '', align: 'left' },
  { title: '', align: 'left' },
]
const RULE_VALUE_COLUMNS = 5

/** What to set, why, and what the published rules of thumb say; nothing when the figures cannot carry advice. */
export function writeAdvice(page: Page, report: Report): void {
  const { recommendations, rulesOfThumb } = report
  if (report.runs.length === 0) return
  if (overallValidity(report) === 'invalid') {
    page.heading('Advice')
    page.paragraph(whyNone(report))
    return
  }
  if (recommendations.length === 0) return
  page.heading('Advice')
  const { changed, unsure, asNow } = sorted(recommendations)
  const nameColumns = Math.max(...[...changed, ...unsure].map(({ setting }) => setting.length), 0)
  for (const recommendation of changed) writeRecommendation(page, recommendation, nameColumns)
  for (const recommendation of unsure) writeUnsure(page, recommendation, nameColumns)
  if (asNow.length > 0) {
    const values = asNow.map(({ setting, value, unit }) => `${setting} ${formatValue(value, unit)}`)
    page.paragraph(values.join(', '), { label: { text: 'As now', tone: 'bold' } })
  }
  writeRules(page, rulesOfThumb)
}

interface SortedAdvice {
  /** Worth reading about. */
  readonly changed: readonly Recommendation[]
  /** So little sure that a line is enough; other outputs have all of it. */
  readonly unsure: readonly Recommendation[]
  readonly asNow: readonly Recommendation[]
}

/** The worker count is always worth reading about. */
function sorted(recommendations: readonly Recommendation[]): SortedAdvice {
  const isChanged = ({ setting, value, current }: Recommendation): boolean =>
    setting === 'WEB_CONCURRENCY' || value !== current
  const changed = recommendations.filter(isChanged)
  const isUnsure = ({ setting, confidence }: Recommendation): boolean =>
    setting !== 'WEB_CONCURRENCY' && confidence === 'low'
  return {
    changed: changed.filter((one) => !isUnsure(one)),
    unsure: changed.filter(isUnsure),
    asNow: recommendations.filter((one) => !isChanged(one)),
  }
}

function writeRules(page: Page, rules: Report['rulesOfThumb']): void {
  if (rules.length === 0) return
  page.heading('What the known rules say for this machine')
  const settings = new Set(rules.map(({ setting }) => setting))
  for (const setting of settings) {
    page.line([setting])
    for (const { rule, value, comment } of rules.filter((other) => other.setting === setting)) {
      page.paragraph(`${rule}: ${comment}`, {
        indent: 2,
        label: formatNumber(value).padStart(RULE_VALUE_COLUMNS),
        labelColumns: RULE_VALUE_COLUMNS + 2,
      })
    }
  }
}

function writeRecommendation(page: Page, recommendation: Recommendation, nameColumns: number): void {
  const { explanation, formula, evidence, binding } = recommendation
  writeHead(page, recommendation, nameColumns)
  page.paragraph(explanation, { indent: 2 })
  page.paragraph({ text: `bound by ${binding}; ${formula}: ${formatEvidence(evidence)}`, tone: 'dim' }, { indent: 2 })
}

function writeUnsure(page: Page, recommendation: Recommendation, nameColumns: number): void {
  writeHead(page, recommendation, nameColumns)
  const { doubts } = recommendation.evidence
  if (doubts !== undefined) page.paragraph({ text: `doubts: ${doubts}`, tone: 'dim' }, { indent: 2 })
}

function writeHead(page: Page, recommendation: Recommendation, nameColumns: number): void {
  const { setting, value, current, unit, basis, confidence, interval } = recommendation
  const range = interval === undefined ? '' : `, ${formatValue(interval[0], '')} to ${formatValue(interval[1], '')}`
  page.table(HEAD_COLUMNS, [
    [
      { text: setting.padEnd(nameColumns), tone: 'bold' },
      { text: `${formatValue(value, unit)}${range}`, tone: current === value ? 'plain' : 'bold' },
      `(${formatCurrent(recommendation)})`,
      { text: `${basis} · ${confidence}`, tone: confidence === 'low' ? 'warning' : 'dim' },
    ],
  ])
}

function whyNone({ runs }: Report): string {
  const invalid = runs.filter(({ validity }) => validity.verdict === 'invalid')
  const labels = invalid.map((run) => runLabel(run, runs)).join(', ')
  return `None: ${labels} ${invalid.length === 1 ? 'is' : 'are'} invalid, and settings taken from such figures would be guesses.`
}
