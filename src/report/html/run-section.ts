import type { LatencySummary } from '../../core/measurement.ts'
import type { Run } from '../../core/report.ts'
import { LatencyHistogram } from '../../stats/latency-histogram.ts'
import { tailQuantiles } from '../distribution.ts'
import { formatCount, formatMs, formatQuantile } from '../format.ts'
import { escapeMarkup } from '../markup.ts'
import { describeLoad, latencyKind, notGoodOutcomes, OUTCOME_WORDS, runLabel } from '../run-facts.ts'
import { courseSection } from './course-section.ts'
import { details, paragraph, table } from './elements.ts'
import { type ChartLine, lineChart } from './line-chart.ts'

const X_QUANTILES = [0, 0.9, 0.99, 0.999, 0.9999, 0.99999] as const
const TABLE_QUANTILES = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1] as const

/** One run: its load, percentile distribution, course over time, routes and outcomes. */
export function runSection(run: Run, runs: readonly Run[]): string {
  return [
    `<h2>${escapeMarkup(runLabel(run, runs))}</h2>`,
    paragraph(
      `${describeLoad(run)}; ${formatCount(run.requests.sent)} requests sent, ${formatCount(run.responseTime.count)} good answers`,
      'soft',
    ),
    distribution(run),
    courseSection(run),
    routes(run),
    outcomes(run),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function distribution(run: Run): string {
  if (run.responseTime.count === 0) return paragraph('No good answer, so there is no latency.')
  const isOpen = run.workload.kind !== 'closed'
  const times = [
    ...(isOpen ? [{ name: 'response time', time: run.responseTime, style: 'solid' as const }] : []),
    { name: 'service time', time: run.serviceTime, style: isOpen ? ('dashed' as const) : ('solid' as const) },
  ].map((one) => ({ ...one, histogram: LatencyHistogram.fromBase64(one.time.histogram) }))
  const { count } = run.responseTime
  const chart = lineChart({
    title: 'Latency by percentile',
    description: times.map(({ name, time }) => `${name}: ${inWords(time)}`).join('; '),
    lines: times.map(({ name, style, histogram }): ChartLine => ({ name, style, points: tailPoints(histogram) })),
    xTicks: X_QUANTILES.filter((quantile) => (1 - quantile) * count >= 1).map((quantile) => ({
      at: nines(quantile),
      label: quantile === 0 ? 'min' : formatQuantile(quantile),
    })),
    formatY: formatMs,
  })
  const rows = TABLE_QUANTILES.map((quantile) => [
    quantile === 1 ? 'max' : formatQuantile(quantile),
    ...times.map(({ histogram }) => formatMs(histogram.quantileMs(quantile))),
  ])
  return `${chart}\n${details('Percentiles as a table', table('Latency by percentile', ['percentile', ...times.map(({ name }) => name)], rows, 1))}`
}

/** Each nine of the quantile takes the same room: x = log10(1 / (1 − quantile)). */
function nines(quantile: number): number {
  return -Math.log10(1 - quantile)
}

function tailPoints(histogram: LatencyHistogram): ChartLine['points'] {
  return tailQuantiles(histogram.count).map((quantile) => [
    nines(quantile),
    (quantile === 0 ? histogram.sampleMs(1) : histogram.quantileMs(quantile)) ?? 0,
  ])
}

function routes(run: Run): string {
  if (run.routes.length === 0) return ''
  const { kind, of } = latencyKind(run)
  const rows = run.routes.map((route) => {
    const time = of(route)
    return [
      route.name,
      formatCount(route.requests.sent),
      formatCount(route.requests.good),
      formatCount(route.requests.cached),
      ...[time.p50Ms, time.p95Ms, time.p99Ms, time.maxMs].map(formatMs),
    ]
  })
  return table(`Routes, ${kind} time`, ['route', 'requests', 'good', 'cached', 'p50', 'p95', 'p99', 'max'], rows, 1)
}

function outcomes(run: Run): string {
  const counts = notGoodOutcomes(run.requests).map(([outcome, count]) => [OUTCOME_WORDS[outcome], formatCount(count)])
  const dropped = run.requests.dropped > 0 ? [['never sent', formatCount(run.requests.dropped)]] : []
  const errors = Object.entries(run.errors).map(([code, count]) => [`connection error ${code}`, formatCount(count)])
  const rows = [...counts, ...dropped, ...errors]
  return rows.length === 0 ? '' : table('Requests that were not good', ['outcome', 'requests'], rows, 1)
}

function inWords({ p50Ms, p99Ms, maxMs }: LatencySummary): string {
  return `p50 ${formatMs(p50Ms)}, p99 ${formatMs(p99Ms)}, max ${formatMs(maxMs)}`
}
