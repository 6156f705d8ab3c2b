import type { LatencySummary } from '../../core/measurement.ts'
import type { Report, Run } from '../../core/report.ts'
import { median, relativeSpread } from '../../stats/percentile.ts'
import { formatBytes, formatCount, formatFraction, formatMs, formatRate, formatSpan, NO_FIGURE } from '../format.ts'
import { describeLoad, notGoodOutcomes, latencyKind, runLabel } from '../run-facts.ts'
import type { Column } from './columns.ts'
import { SHORT_WORDS } from './outcomes.ts'
import type { Cell, Page } from './page.ts'

const LATENCY_COLUMNS: readonly Column[] = [
  { title: 'phase', align: 'left', minimum: 8 },
  { title: 'load', align: 'left', minimum: 22, expendable: 1 },
  { title: 'time', align: 'left' },
  { title: 'p50', align: 'right' },
  { title: 'p95', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'p99.9', align: 'right', expendable: 2 },
  { title: 'max', align: 'right' },
]

const RATE_COLUMNS: readonly Column[] = [
  { title: 'phase', align: 'left', minimum: 8 },
  { title: 'for', align: 'left', expendable: 3 },
  { title: 'offered', align: 'right', expendable: 2 },
  { title: 'throughput', align: 'right' },
  { title: 'goodput', align: 'right' },
  { title: 'CPU/request', align: 'right' },
  { title: 'target CPUs', align: 'right', expendable: 4 },
  { title: 'memory', align: 'right', expendable: 5 },
  { title: 'not good', align: 'left', minimum: 28 },
]

/** Latency and rates of every measured phase. An open phase has two latencies; the difference is the waiting before the send. */
export function writePhases(page: Page, { runs }: Report): void {
  if (runs.length === 0) return
  page.heading('Latency', 'good answers; response from the intended start, service from the send')
  page.table(
    LATENCY_COLUMNS,
    runs.flatMap((run) => latencyRows(run, runLabel(run, runs))),
  )
  page.heading('Throughput')
  page.table(
    RATE_COLUMNS,
    runs.map((run) => rateRow(run, runLabel(run, runs))),
  )
  writeThrottling(page, runs)
  writeSpread(page, runs)
}

function latencyRows(run: Run, label: string): readonly (readonly Cell[])[] {
  const phase: Cell = { text: label, tone: 'bold' }
  if (run.workload.kind === 'closed') return [[phase, describeLoad(run), 'service', ...figuresOf(run.serviceTime)]]
  return [
    [phase, describeLoad(run), 'response', ...figuresOf(run.responseTime)],
    ['', '', dim('service'), ...figuresOf(run.serviceTime).map(dim)],
  ]
}

function figuresOf(time: LatencySummary): readonly string[] {
  return [time.p50Ms, time.p95Ms, time.p99Ms, time.p999Ms, time.maxMs].map(formatMs)
}

function rateRow(run: Run, label: string): readonly Cell[] {
  const use = run.targetUse
  return [
    { text: label, tone: 'bold' },
    formatSpan(run.durationMs),
    run.workload.kind === 'open' ? formatRate(run.offeredPerS) : NO_FIGURE,
    formatRate(run.throughputPerS),
    formatRate(run.goodputPerS),
    formatMs(use?.cpuMsPerRequest ?? null),
    use === null ? NO_FIGURE : use.cpus.toFixed(2),
    formatBytes(use === null ? null : (use.pssBytes ?? use.rssBytes)),
    notGood(run),
  ]
}

function notGood({ requests }: Run): Cell {
  const dropped = requests.dropped > 0 ? [`${formatCount(requests.dropped)} never sent`] : []
  const worstFirst = notGoodOutcomes(requests).toSorted(([, left], [, right]) => right - left)
  const parts = [...worstFirst.map(([outcome, count]) => `${formatCount(count)} ${SHORT_WORDS[outcome]}`), ...dropped]
  return parts.length === 0 ? '0' : { text: parts.join(', '), tone: 'warning' }
}

/** What a quota did to the target: the time counts once for each CPU that it was stopped on. */
function writeThrottling(page: Page, runs: readonly Run[]): void {
  for (const run of runs) {
    const stoppedMs = run.interference?.targetThrottledMs
    if (stoppedMs === undefined) continue
    page.paragraph(`${runLabel(run, runs)}: the CPU quota stopped the target for ${formatMs(stoppedMs)} in all`)
  }
}

/** How far the repetitions of each phase lie apart: what a difference between two runs must exceed to mean anything. */
function writeSpread(page: Page, runs: readonly Run[]): void {
  const groups = Map.groupBy(runs, ({ phase, workers }) => `${phase} ${workers}`)
  for (const repetitions of groups.values()) {
    const [first] = repetitions
    if (first === undefined || repetitions.length < 2) continue
    const p95 = repetitions.map((run) => latencyKind(run).of(run).p95Ms).filter((ms) => ms !== null)
    const apart = (values: readonly number[]): string =>
      formatFraction(values.length < 2 || median(values) <= 0 ? null : relativeSpread(values))
    page.paragraph(
      `${repetitions.length} repetitions of ${first.phase}: throughput ${apart(repetitions.map((run) => run.throughputPerS))}, p95 ${apart(p95)} from lowest to highest, of the median`,
    )
  }
}

function dim(text: string): Cell {
  return { text, tone: 'dim' }
}
