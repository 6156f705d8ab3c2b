import type { Outcome } from '../../core/measurement.ts'
import type { Report, Run } from '../../core/report.ts'
import { formatCount, formatFraction, formatMs } from '../format.ts'
import { notGoodOutcomes, OUTCOME_WORDS, runLabel } from '../run-facts.ts'
import type { Column } from './columns.ts'
import type { Cell, Page } from './page.ts'

const COLUMNS: readonly Column[] = [
  { title: 'phase', align: 'left', minimum: 8 },
  { title: 'outcome', align: 'left' },
  { title: 'requests', align: 'right' },
  { title: 'share', align: 'right' },
  { title: 'p50', align: 'right', expendable: 2 },
  { title: 'p99', align: 'right', expendable: 1 },
  { title: 'max', align: 'right', expendable: 3 },
]

/** Outcomes where there is little room. */
export const SHORT_WORDS: Readonly<Record<Outcome, string>> = {
  good: 'good',
  limited: 'limited',
  shed: 'shed',
  failed: 'failed',
  mismatched: 'mismatched',
  timedOut: 'timed out',
  lost: 'lost',
  unfinished: 'unfinished',
}

/** What became of the requests; one sentence when all were answered right. */
export function writeOutcomes(page: Page, { runs }: Report): void {
  if (runs.length === 0) return
  page.heading('Outcomes')
  const troubled = runs.filter(({ requests }) => requests.good < requests.scheduled)
  if (troubled.length === 0) {
    const { good, cached } = totals(runs)
    const fromCache = cached === 0 ? '' : `, ${formatFraction(cached / good)} of them from the cache`
    page.paragraph(`all ${formatCount(good)} requests were answered as expected${fromCache}`)
    return
  }
  page.table(
    COLUMNS,
    troubled.flatMap((run) => rowsOf(run, runLabel(run, runs))),
  )
  for (const run of troubled) {
    const label = runLabel(run, runs)
    writeCounts(page, `status codes of ${label}:`, run.statusCodes)
    writeCounts(page, `connection errors of ${label}:`, run.errors)
  }
}

function rowsOf(run: Run, label: string): readonly (readonly Cell[])[] {
  const { requests } = run
  const others = notGoodOutcomes(requests).map(([outcome, count]) => {
    const time = run.otherOutcomes[outcome]?.responseTime
    return [
      { text: OUTCOME_WORDS[outcome], tone: 'warning' } as const,
      ...amount(count, requests.scheduled),
      ...[time?.p50Ms, time?.p99Ms, time?.maxMs].map((ms) => formatMs(ms ?? null)),
    ]
  })
  const { p50Ms, p99Ms, maxMs } = run.responseTime
  const rows: readonly (readonly Cell[])[] = [
    ['good', ...amount(requests.good, requests.scheduled), ...[p50Ms, p99Ms, maxMs].map(formatMs)],
    ...others,
    ...(requests.dropped > 0
      ? [
          [
            { text: 'never sent', tone: 'warning' } as const,
            ...amount(requests.dropped, requests.scheduled),
            ...[null, null, null].map(formatMs),
          ],
        ]
      : []),
  ]
  return rows.map((row, index) => [index === 0 ? { text: label, tone: 'bold' } : '', ...row])
}

function amount(count: number, scheduled: number): readonly string[] {
  return [formatCount(count), formatFraction(scheduled === 0 ? null : count / scheduled)]
}

function writeCounts(page: Page, label: string, counts: Readonly<Record<string, number>>): void {
  const entries = Object.entries(counts).filter(([, count]) => count > 0)
  if (entries.length === 0) return
  const listed = entries
    .sort(([, left], [, right]) => right - left)
    .map(([name, count]) => `${name} × ${formatCount(count)}`)
  page.paragraph({ text: `${label} ${listed.join(', ')}`, tone: 'dim' })
}

function totals(runs: readonly Run[]): { readonly good: number; readonly cached: number } {
  return {
    good: runs.reduce((sum, { requests }) => sum + requests.good, 0),
    cached: runs.reduce((sum, { requests }) => sum + requests.cached, 0),
  }
}
