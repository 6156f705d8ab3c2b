import type { Report } from '../../core/report.ts'
import { diagnose } from '../troubleshooting/diagnose.ts'
import { table } from './elements.ts'

/** What the figures speak of, why, where to look and what to change; empty when all is well. */
export function troubleshootingSection(report: Report): string {
  const rows = diagnose(report).map(({ symptom: { cause, check, change }, evidence }) => [
    evidence,
    cause,
    check,
    change,
  ])
  if (rows.length === 0) return ''
  const titles = ['seen', 'probable cause', 'what to check', 'what to change']
  return `<h2>Troubleshooting</h2>\n${table('Symptoms that the figures show', titles, rows)}`
}
