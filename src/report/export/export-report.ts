import type { Report } from '../../core/report.ts'
import { isPartial, overallValidity, runLabel } from '../run-facts.ts'
import { renderAlerts } from './alerts.ts'
import { renderCompose } from './compose.ts'
import { renderEnv } from './env.ts'
import { type ExportInput, exportInputOf } from './export-input.ts'
import { isOfGunicorn, renderGunicorn } from './gunicorn.ts'
import { renderKubernetes } from './kubernetes.ts'
import { renderPm2 } from './pm2.ts'
import { renderSystemd } from './systemd.ts'

interface ExportKind {
  readonly render: (input: ExportInput) => string
  /** Whether the report has anything for such a file. */
  readonly concerns: (input: ExportInput) => boolean
}

const hasAdvice = ({ advised }: ExportInput): boolean => advised.length > 0

const KINDS: ReadonlyMap<string, ExportKind> = new Map([
  ['env', { render: renderEnv, concerns: hasAdvice }],
  ['compose', { render: renderCompose, concerns: hasAdvice }],
  ['k8s', { render: renderKubernetes, concerns: hasAdvice }],
  ['pm2', { render: renderPm2, concerns: hasAdvice }],
  ['systemd', { render: renderSystemd, concerns: hasAdvice }],
  ['gunicorn', { render: renderGunicorn, concerns: ({ advised }: ExportInput) => advised.some(isOfGunicorn) }],
  ['alerts', { render: renderAlerts, concerns: () => true }],
])

/** The kinds of files that a report can become. */
export const EXPORT_KINDS: readonly string[] = [...KINDS.keys()]

/** The file, or a clause that says why there is none; it may quote the report. */
export type Exported =
  | { readonly kind: 'file'; readonly content: string }
  | { readonly kind: 'nothing'; readonly why: string }

/**
 * Turns the recommendations of a report into a file; those of a run that shows nothing into none.
 *
 * @param kind one of EXPORT_KINDS
 * @throws {RangeError} for another kind
 */
export function exportReport(kind: string, report: Report): Exported {
  const found = KINDS.get(kind)
  if (found === undefined) throw new RangeError(`no kind of export: ${kind}`)
  const doubt = whyNothing(report)
  if (doubt !== null) return { kind: 'nothing', why: doubt }
  const input = exportInputOf(report)
  if (found.concerns(input)) return { kind: 'file', content: found.render(input) }
  const notes = report.notes.length === 0 ? '' : ` (its notes: ${report.notes.join('; ')})`
  return { kind: 'nothing', why: `the report recommends nothing for such a file${notes}` }
}

function whyNothing(report: Report): string | null {
  const { runs, verdict, tuning } = report
  if (runs.length === 0) return 'nothing was measured'
  if (overallValidity(report) === 'invalid') {
    const reasons = runs.flatMap((run) =>
      run.validity.verdict === 'invalid'
        ? [`${runLabel(run, runs)} is invalid (${run.validity.reasons.map(({ evidence }) => evidence).join('; ')})`]
        : [],
    )
    return `${reasons.join(', ')}, and settings taken from such figures would be guesses`
  }
  if (isPartial(report)) return 'the run was interrupted, and a part of it shows too little'
  if (tuning?.verification?.outcome === 'inconclusive')
    return 'whether the recommended settings are better than the current ones could not be told'
  if (verdict.outcome === 'inconclusive') return 'whether its objectives were kept could not be told'
  return null
}
