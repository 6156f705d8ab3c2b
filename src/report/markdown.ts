import type { Report } from '../core/report.ts'
import { formatInterval } from './checks.ts'
import { FIGURE_TITLES, figureRows, FIRST_FIGURE } from './figure-rows.ts'
import { formatNumber } from './format.ts'
import { escapeMarkdown } from './markup.ts'
import { formatCurrent, formatEvidence, formatValue } from './recommended-value.ts'
import { REPEATED_TITLES, repeatedRows } from './repeated-figures.ts'
import { hostLine, isPartial, overallValidity, runLabel, scenarioNames } from './run-facts.ts'
import { printable } from './terminal-text.ts'
import { PROBE_TITLES, probeCells, tuningCost, tuningSentences } from './tuning-facts.ts'
import { diagnose } from './troubleshooting/diagnose.ts'

/** A summary in GitHub's Markdown, for the summary of a CI job or a comment: verdict first, then figures and advice. */
export function renderMarkdown(report: Report): string {
  const sections = [
    headline(report),
    objectives(report),
    search(report),
    figures(report),
    overBoots(report),
    troubleshooting(report),
    advice(report),
    surroundings(report),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function headline(report: Report): string {
  const { verdict, runs } = report
  const outcome = verdict.outcome === 'none' ? '' : `: ${verdict.outcome.toUpperCase()}`
  const validity = `**${overallValidity(report).toUpperCase()}**${isPartial(report) ? ' · **PARTIAL**: the run was interrupted' : ''}`
  const reasons = runs.flatMap((run) =>
    run.validity.reasons.map(
      ({ severity, evidence, hint }) =>
        `- ${severity}: ${escapeMarkdown(`${runLabel(run, runs)}: ${evidence}`)}. ${escapeMarkdown(hint)}`,
    ),
  )
  return [
    `## tune ${escapeMarkdown(scenarioNames(report))}${outcome}`,
    '',
    validity,
    ...(reasons.length === 0 ? [] : ['', ...reasons]),
  ].join('\n')
}

function objectives({ verdict }: Report): string {
  if (verdict.checks.length === 0) return ''
  const rows = verdict.checks.map((check) => [
    check.outcome.toUpperCase(),
    check.expected,
    check.actual,
    formatInterval(check),
    check.name,
  ])
  return table(['outcome', 'objective', 'measured', '95% interval', 'of'], rows)
}

function figures({ runs }: Report): string {
  return runs.length === 0 ? 'Nothing was measured.' : table(FIGURE_TITLES, figureRows(runs), FIRST_FIGURE)
}

function search(report: Report): string {
  const { tuning } = report
  if (tuning === undefined) return ''
  const said = tuningSentences(tuning, report).map(
    ({ label, text }) => `- **${escapeMarkdown(label)}**: ${escapeMarkdown(text)}`,
  )
  return [
    `### Search: ${tuningCost(tuning)}`,
    '',
    ...said,
    '',
    table(PROBE_TITLES, tuning.probes.map(probeCells)),
  ].join('\n')
}

function overBoots(report: Report): string {
  const rows = repeatedRows(report)
  return rows.length === 0 ? '' : ['### Over the boots', '', table(REPEATED_TITLES, rows, 2)].join('\n')
}

function troubleshooting(report: Report): string {
  const rows = diagnose(report).map(({ symptom: { cause, change }, evidence }) => [evidence, cause, change])
  return rows.length === 0
    ? ''
    : ['### Troubleshooting', '', table(['seen', 'probable cause', 'what to change'], rows)].join('\n')
}

function advice(report: Report): string {
  const { recommendations, rulesOfThumb } = report
  if (recommendations.length === 0) return ''
  if (overallValidity(report) === 'invalid') return 'No advice: it would rest on invalid figures.'
  const rows = recommendations.map((one) => [
    one.setting,
    `${formatValue(one.value, one.unit)} (${formatCurrent(one)})`,
    `${one.basis}, ${one.confidence}`,
    `${one.explanation} ${one.formula}: ${formatEvidence(one.evidence)}.`,
  ])
  const rules = rulesOfThumb.map(({ setting, rule, value, comment }) => [setting, rule, formatNumber(value), comment])
  return [
    '### Advice',
    '',
    table(['setting', 'value', 'basis, confidence', 'why'], rows),
    ...(rules.length === 0
      ? []
      : [
          '',
          '<details><summary>What the known rules say</summary>',
          '',
          table(['setting', 'rule', 'gives', 'comment'], rules),
          '',
          '</details>',
        ]),
  ].join('\n')
}

function surroundings({ host, placement, target, command, notes, createdAt, seed }: Report): string {
  const facts = [`target ${target.url}`, placement.explanation, hostLine(host), ...notes, `${createdAt}, seed ${seed}`]
  return [
    `\`\`\`sh\n${printable(command).replaceAll('`', '')}\n\`\`\``,
    '',
    ...facts.map((fact) => `- ${escapeMarkdown(fact)}`),
  ].join('\n')
}

/** @param numbersFrom the first column that holds figures, which are aligned to the right */
function table(titles: readonly string[], rows: readonly (readonly string[])[], numbersFrom = titles.length): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = titles.map((_, index) => (index < numbersFrom ? '---' : '---:'))
  return [line(titles), line(rule), ...rows.map((row) => line(row.map(escapeMarkdown)))].join('\n')
}
