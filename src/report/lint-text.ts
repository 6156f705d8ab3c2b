import type { Finding, Severity } from '../sizing/settings-lint/finding.ts'
import { formatQuantity } from './format.ts'
import type { Tone } from './style.ts'
import { Page, type TextOptions } from './text/page.ts'

/** A fact that settings were judged by, and where it comes from. */
export interface LintFact {
  /** That gives another one. */
  readonly flag: string
  readonly value: number
  /** Of `value`: CPUs, bytes, replicas, connections, s, ms, 1/s, users. */
  readonly unit: string
  /** For people, with its unit. */
  readonly text: string
  readonly source: 'given' | 'this machine' | 'assumed'
}

/** What `tune recommend --check` has found, as its JSON has it. */
export interface LintReport {
  readonly schema: 'tune.lint/v1'
  readonly file: string
  /** Settings that were judged. */
  readonly judged: number
  readonly facts: readonly LintFact[]
  /** Flags that were not given, without which some rules say nothing. */
  readonly untold: readonly string[]
  /** The worst first. */
  readonly findings: readonly Finding[]
  readonly counts: Readonly<Record<Severity, number>>
}

const TITLES: Readonly<Record<Severity, { readonly title: string; readonly tone: Tone }>> = {
  wrong: { title: 'WRONG', tone: 'bad' },
  doubtful: { title: 'DOUBTFUL', tone: 'warning' },
  info: { title: 'INFO', tone: 'dim' },
}

const SEVERITIES: readonly Severity[] = ['wrong', 'doubtful', 'info']

/** The findings for a terminal or a log: what they were judged by, the worst first with arithmetic and change, the count. */
export function renderLintText(report: LintReport, options: TextOptions): string {
  const page = new Page(options)
  page.line([{ text: report.file, tone: 'bold' }], 0)
  for (const source of ['given', 'this machine', 'assumed'] as const) {
    const facts = report.facts.filter((fact) => fact.source === source)
    if (facts.length === 0) continue
    const texts = facts.map(({ text, flag }) => (source === 'given' ? text : `${text} (${flag})`))
    page.paragraph(texts.join(', '), { label: { text: source, tone: 'dim' }, labelColumns: 14 })
  }
  if (report.untold.length > 0) {
    page.paragraph(
      { text: `${report.untold.join(', ')}: what users expect, against which more could be judged`, tone: 'dim' },
      { label: { text: 'not told', tone: 'dim' }, labelColumns: 14 },
    )
  }
  for (const severity of SEVERITIES) writeFindings(page, report, severity)
  page.heading(countsOf(report))
  return page.toString()
}

function writeFindings(page: Page, { findings }: LintReport, severity: Severity): void {
  const concerned = findings.filter((finding) => finding.severity === severity)
  if (concerned.length === 0) return
  const { title, tone } = TITLES[severity]
  page.heading('', { text: title, tone })
  for (const { rule, settings, arithmetic, change } of concerned) {
    const names = settings.map(({ name, value }) => `${name}=${value}`).join(' ')
    page.paragraph({ text: names === '' ? rule : `${rule}: ${names}`, tone: 'bold' })
    page.paragraph(arithmetic, { indent: 2 })
    page.paragraph(change, { indent: 2, label: '→' })
  }
}

function countsOf({ counts, judged, findings }: LintReport): string {
  const settings = formatQuantity(judged, 'setting')
  if (findings.length === 0) return `nothing to say of ${settings}`
  return `${counts.wrong} wrong, ${counts.doubtful} doubtful, ${counts.info} info; ${settings} judged`
}
