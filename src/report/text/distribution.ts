import { REPORTED_QUANTILES } from '../../core/measurement.ts'
import type { Report, Run } from '../../core/report.ts'
import { LatencyHistogram } from '../../stats/latency-histogram.ts'
import { drawBar, drawSparkline } from '../charts.ts'
import { type LatencyBin, latencyBins } from '../distribution.ts'
import { formatCount, formatEdge, formatFraction, formatMs, formatQuantile, formatRate } from '../format.ts'
import { headlineRun, latencyKind, runLabel } from '../run-facts.ts'
import type { Column } from './columns.ts'
import type { Page } from './page.ts'

const LONGEST_BAR = 60
/** Label, share and marks beside a bar. */
const BESIDE_BAR = 40
const LEAST_BAR = 8

const BIN_COLUMNS: readonly Column[] = [
  { title: '', align: 'right' },
  { title: '', align: 'left' },
  { title: '', align: 'right' },
  { title: '', align: 'left', minimum: 4 },
]

/** How the latencies of the run that the reader looks at are spread, and how it went over time. */
export function writeDistribution(page: Page, { runs }: Report): void {
  const run = headlineRun(runs)
  if (run === undefined || run.responseTime.count === 0) return
  const { kind, of } = latencyKind(run)
  page.heading(
    `Distribution of the ${kind} time in ${runLabel(run, runs)}`,
    `${formatCount(of(run).count)} good answers`,
  )
  const histogram = LatencyHistogram.fromBase64(of(run).histogram)
  const bins = latencyBins(histogram)
  const barColumns = Math.max(LEAST_BAR, Math.min(LONGEST_BAR, page.width - BESIDE_BAR))
  const highest = Math.max(...bins.map((bin) => bin.count))
  const labels = bins.map((bin, index) =>
    bin.upToMs === null ? `> ${formatEdge(bins[index - 1]?.upToMs ?? 0)}` : `≤ ${formatEdge(bin.upToMs)}`,
  )
  const rows = bins.map((bin, index) => [
    labels[index] ?? '',
    drawBar(bin.count / highest, barColumns, page.signs),
    formatFraction(bin.count / histogram.count),
    marksOf(histogram, bin, bins[index - 1]?.upToMs ?? 0),
  ])
  page.table(BIN_COLUMNS, rows)
  writeTimeline(page, run, barColumns)
}

function marksOf(histogram: LatencyHistogram, bin: LatencyBin, aboveMs: number): string {
  const upToMs = bin.upToMs ?? Number.POSITIVE_INFINITY
  return [
    ...REPORTED_QUANTILES.map((quantile) => [formatQuantile(quantile), histogram.quantileMs(quantile)] as const),
    ['max', histogram.maxMs] as const,
  ]
    .filter(([, ms]) => ms !== null && ms > aboveMs && ms <= upToMs)
    .map(([name]) => name)
    .join(' ')
}

function writeTimeline(page: Page, run: Run, columns: number): void {
  // The last second is a part of one, and would look like a drop.
  const seconds = run.timeline.length > 3 ? run.timeline.slice(0, -1) : run.timeline
  if (seconds.length < 3) return
  const throughput = seconds.map((second) => second.throughputPerS)
  const p99 = seconds.map((second) => second.p99Ms ?? 0)
  page.heading(`Each second of ${runLabel(run, [run])}`, 'from 0 to the highest')
  page.line([
    'throughput',
    drawSparkline(throughput, columns, page.signs),
    `${formatRate(Math.min(...throughput))} to ${formatRate(Math.max(...throughput))}`,
  ])
  page.line([
    'p99       ',
    drawSparkline(p99, columns, page.signs),
    `${formatMs(Math.min(...p99))} to ${formatMs(Math.max(...p99))}`,
  ])
}
