import type { Report } from '../../core/report.ts'
import { PROBE_TITLES, probeCells, tuningCost, tuningSentences } from '../tuning-facts.ts'
import { paragraph, table } from './elements.ts'

/** How the settings were found; empty for a report that is not of a search. */
export function tuningSection(report: Report): string {
  const { tuning } = report
  if (tuning === undefined) return ''
  return [
    '<h2>Search</h2>',
    ...tuningSentences(tuning, report).map(({ label, text }) => paragraph(`${label}: ${text}`)),
    table(tuningCost(tuning), PROBE_TITLES, tuning.probes.map(probeCells)),
  ].join('\n')
}
