import type { Report } from '../../core/report.ts'
import { REPEATED_TITLES, repeatedRows } from '../repeated-figures.ts'
import type { Column } from './columns.ts'
import type { Page } from './page.ts'

/** The figures over all boots with their interval: what may be said about the server, not about one start of it. */
export function writeOverBoots(page: Page, report: Report): void {
  const rows = repeatedRows(report)
  if (rows.length === 0) return
  const most = Math.max(...(report.overBoots ?? []).map(({ boots }) => boots))
  page.heading(`Over ${most} boots`, 'means, and where the true ones lie with 95% confidence')
  const columns = REPEATED_TITLES.map((title, index): Column => ({ title, align: index < 2 ? 'left' : 'right' }))
  page.table(
    columns,
    rows.map((row, index) => row.map((text, column) => (column === 0 && rows[index - 1]?.[0] === text ? '' : text))),
  )
}
