import type { Outcome } from '../../core/measurement.ts'
import type { Report, Run } from '../../core/report.ts'
import { type Course, courseOf, type CourseRow } from '../course.ts'
import { formatCount, formatMs, formatNumber } from '../format.ts'
import { runLabel } from '../run-facts.ts'
import type { Column } from './columns.ts'
import { SHORT_WORDS } from './outcomes.ts'
import type { Cell, Page } from './page.ts'

/** What fits on a screen beside the rest. */
const MOST_ROWS = 30

/** Of answers that are refused on purpose the status is shorter still. */
const TITLES: Readonly<Record<Outcome, string>> = { ...SHORT_WORDS, limited: '429', shed: '503' }

/** Second by second what became of the requests, of the last boot of each phase in which something went wrong. */
export function writeCourse(page: Page, { runs }: Report): void {
  for (const run of runs) {
    const last = runs.findLast(({ phase, workers }) => phase === run.phase && workers === run.workers)
    const course = run === last ? courseOf(run, MOST_ROWS) : null
    if (course !== null) writeRun(page, runLabel(run, runs), course, run)
  }
}

function writeRun(page: Page, label: string, course: Course, run: Run): void {
  const { secondsPerRow, otherOutcome, outcomes, brokenUpstreams, faults } = course
  const step = secondsPerRow === 1 ? '' : `in steps of ${secondsPerRow} s; of p50 and p99 the highest second`
  page.heading(`Course of ${label}`, step === '' ? 'by second; p50 and p99 of the good answers' : step)
  for (const { mark, upstream, fromS, toS, fault } of faults) {
    page.paragraph(`${upstream} ${fault}, from ${fromS.toFixed(1)} to ${toS.toFixed(1)} s`, {
      label: { text: `fault ${mark}`, tone: 'warning' },
    })
  }
  const columns: readonly Column[] = [
    { title: 's', align: 'right' },
    ...outcomes.map((outcome, index): Column => ({
      title: TITLES[outcome],
      align: 'right',
      ...(index > 2 ? { expendable: 1 } : {}),
    })),
    { title: 'p50', align: 'right' },
    { title: 'p99', align: 'right', expendable: 2 },
    ...(otherOutcome === undefined
      ? []
      : [{ title: `p50 ${TITLES[otherOutcome]}`, align: 'right', expendable: 3 } as const]),
    ...brokenUpstreams.map((name): Column => ({ title: name, align: 'left', minimum: 9 })),
    ...(run.faults === undefined ? [] : [{ title: 'fault', align: 'left' } as const]),
  ]
  page.table(
    columns,
    course.rows.map((row) => cellsOf(row, course, run)),
  )
}

function cellsOf(row: CourseRow, { outcomes, otherOutcome, brokenUpstreams, secondsPerRow }: Course, run: Run): Cell[] {
  const second = formatNumber(row.toS)
  return [
    secondsPerRow === 1 ? second : `${formatNumber(row.fromS)}–${second}`,
    ...outcomes.map((outcome): Cell => {
      const count = row.counts[outcome] ?? 0
      return { text: formatCount(count), tone: outcome === 'good' || count === 0 ? 'plain' : 'warning' }
    }),
    formatMs(row.p50Ms),
    formatMs(row.p99Ms),
    ...(otherOutcome === undefined ? [] : [formatMs(row.otherP50Ms)]),
    ...brokenUpstreams.map((name): Cell => {
      const state = row.breakers[name]
      return { text: state ?? '', tone: state === 'open' ? 'bad' : state === 'half-open' ? 'warning' : 'dim' }
    }),
    ...(run.faults === undefined ? [] : [{ text: row.faults, tone: 'warning' } as const]),
  ]
}
