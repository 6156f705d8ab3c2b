import type { Report } from '../../core/report.ts'
import { formatInterval } from '../checks.ts'
import { FIGURE_TITLES, figureRows, FIRST_FIGURE } from '../figure-rows.ts'
import { formatNumber } from '../format.ts'
import { escapeMarkup } from '../markup.ts'
import { formatCurrent, formatEvidence, formatValue } from '../recommended-value.ts'
import { REPEATED_TITLES, repeatedRows } from '../repeated-figures.ts'
import { hostLine, isPartial, overallValidity, runLabel } from '../run-facts.ts'
import { paragraph, table } from './elements.ts'

/** Whether the figures may be believed, and the reasons when not without reserve. */
export function validitySection(report: Report): string {
  const verdict = overallValidity(report)
  const reasons = report.runs.flatMap((run) =>
    run.validity.reasons.map(
      ({ severity, evidence, hint }) =>
        `<li>${escapeMarkup(`${severity}: ${runLabel(run, report.runs)}: ${evidence}`)}<br>${escapeMarkup(hint)}</li>`,
    ),
  )
  return [
    ...(isPartial(report)
      ? [paragraph('PARTIAL: the run was interrupted; the figures cover what was sent until then.', 'verdict suspect')]
      : []),
    paragraph(`The figures are ${verdict.toUpperCase()}.`, `verdict ${verdict}`),
    ...(reasons.length === 0 ? [] : [`<ul>${reasons.join('\n')}</ul>`]),
  ].join('\n')
}

/** The objectives and what became of them; empty without any. */
export function objectivesSection({ verdict }: Report): string {
  if (verdict.outcome === 'none') return ''
  const rows = verdict.checks.map((check) => [
    check.outcome.toUpperCase(),
    check.expected,
    check.actual,
    formatInterval(check),
    check.name,
  ])
  return `${paragraph(`Objectives: ${verdict.outcome.toUpperCase()}`, `verdict ${verdict.outcome}`)}
${table('Objectives', ['outcome', 'objective', 'measured', '95% interval', 'of'], rows)}`
}

/** The figures of all runs side by side. */
export function overviewSection(report: Report): string {
  const { runs } = report
  const repeated = repeatedRows(report)
  return [
    '<h2>Phases</h2>',
    table('Every measured phase; latency of the good answers', FIGURE_TITLES, figureRows(runs), FIRST_FIGURE),
    ...(repeated.length === 0
      ? []
      : [
          table('Over the boots: means, and where the true ones lie with 95% confidence', REPEATED_TITLES, repeated, 2),
        ]),
  ].join('\n')
}

/** What to set and why, or why there is nothing to say. */
export function adviceSection(report: Report): string {
  const { recommendations, rulesOfThumb } = report
  if (overallValidity(report) === 'invalid')
    return `<h2>Advice</h2>\n${paragraph('None: it would rest on invalid figures.')}`
  if (recommendations.length === 0) return ''
  const entries = recommendations.map((one) =>
    [
      `<h3>${escapeMarkup(`${one.setting}: ${formatValue(one.value, one.unit)}`)} <span class="soft">${escapeMarkup(`(${formatCurrent(one)}) ${one.basis}, confidence ${one.confidence}`)}</span></h3>`,
      paragraph(one.explanation),
      paragraph(`Bound by ${one.binding}; ${one.formula}: ${formatEvidence(one.evidence)}`, 'soft'),
    ].join('\n'),
  )
  const rules = rulesOfThumb.map(({ setting, rule, value, comment }) => [setting, rule, formatNumber(value), comment])
  const known =
    rules.length === 0
      ? ''
      : table('What the known rules say for this machine', ['setting', 'rule', 'gives', 'comment'], rules)
  return ['<h2>Advice</h2>', ...entries, known].join('\n')
}

/** How to repeat it, and where it was measured. */
export function surroundingsSection({
  command,
  host,
  placement,
  target,
  notes,
  seed,
  createdAt,
  tool,
}: Report): string {
  const settings = Object.entries(target.settings).map(([name, value]) => `${name}=${value}`)
  const facts = [
    ['target', `${target.kind}, ${target.url}`],
    ...(settings.length === 0 ? [] : [['settings', settings.join(' ')]]),
    ['placement', placement.explanation],
    ['host', hostLine(host)],
    ['fingerprint', host.fingerprint],
    ...notes.map((note) => ['note', note]),
    ['measured', `${createdAt} with ${tool.name} ${tool.version}, seed ${seed}`],
  ]
  return `<h2>How it was measured</h2>
<pre>${escapeMarkup(command)}</pre>
${table('Surroundings', ['fact', 'value'], facts)}`
}
