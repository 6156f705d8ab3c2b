import type { Report } from '../../core/report.ts'
import { formatCount, formatFraction, formatMs } from '../format.ts'
import { headlineRun, latencyKind, runLabel } from '../run-facts.ts'
import type { Column } from './columns.ts'
import type { Page } from './page.ts'

const COLUMNS: readonly Column[] = [
  { title: 'route', align: 'left', minimum: 16 },
  { title: 'requests', align: 'right', expendable: 3 },
  { title: 'share', align: 'right', expendable: 4 },
  { title: 'good', align: 'right', expendable: 2 },
  { title: 'cached', align: 'right', expendable: 5 },
  { title: 'p50', align: 'right' },
  { title: 'p95', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'max', align: 'right', expendable: 1 },
]

/** The routes of the run that the reader looks at; one route would only repeat its phase. */
export function writeRoutes(page: Page, { runs }: Report): void {
  const run = headlineRun(runs)
  if (run === undefined || run.routes.length < 2) return
  const { kind, of } = latencyKind(run)
  page.heading(`Routes in ${runLabel(run, runs)}`, `${kind} time`)
  const rows = run.routes.map((route) => {
    const { name, requests } = route
    const time = of(route)
    return [
      name,
      formatCount(requests.sent),
      formatFraction(shareOf(requests.sent, run.requests.sent)),
      formatFraction(shareOf(requests.good, requests.sent)),
      formatFraction(shareOf(requests.cached, requests.good)),
      ...[time.p50Ms, time.p95Ms, time.p99Ms, time.maxMs].map(formatMs),
    ]
  })
  page.table(COLUMNS, rows)
}

function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
