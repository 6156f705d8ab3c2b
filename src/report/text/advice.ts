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
  const nameColumns = Math.max(...recommendations.map(({ setting }) => setting.length))
  for (const recommendation of recommendations) writeRecommendation(page, recommendation, nameColumns)
  writeRules(page, rulesOfThumb)
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
  const { setting, value, current, unit, basis, confidence, explanation, formula, evidence, binding } = recommendation
  page.table(HEAD_COLUMNS, [
    [
      { text: setting.padEnd(nameColumns), tone: 'bold' },
      { text: formatValue(value, unit), tone: current === value ? 'plain' : 'bold' },
      `(${formatCurrent(recommendation)})`,
      { text: `${basis} · ${confidence}`, tone: confidence === 'low' ? 'warning' : 'dim' },
    ],
  ])
  page.paragraph(explanation, { indent: 2 })
  page.paragraph({ text: `bound by ${binding}; ${formula}: ${formatEvidence(evidence)}`, tone: 'dim' }, { indent: 2 })
}

function whyNone({ runs }: Report): string {
  const invalid = runs.filter(({ validity }) => validity.verdict === 'invalid')
  const labels = invalid.map((run) => runLabel(run, runs)).join(', ')
  return `None: ${labels} ${invalid.length === 1 ? 'is' : 'are'} invalid, and settings taken from such figures would be guesses.`
}
