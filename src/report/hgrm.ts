import type { Report } from '../core/report.ts'
import { LatencyHistogram } from '../stats/latency-histogram.ts'
import { countUpTo, tailQuantiles } from './distribution.ts'
import { headlineRun, latencyKind, runLabel } from './run-facts.ts'
import { printable } from './terminal-text.ts'

/**
 * The percentile distribution of the run that stands for the report, in ms, as HdrHistogram's plotter reads it: value,
 * quantile, samples up to the value, 1/(1 − quantile).
 */
export function renderHgrm(report: Report): string {
  const run = headlineRun(report.runs)
  if (run === undefined) return '# no run was measured\n'
  const { kind, of } = latencyKind(run)
  const histogram = LatencyHistogram.fromBase64(of(run).histogram)
  const title = `#[${printable(run.scenario)}, ${printable(runLabel(run, report.runs))}: ${kind} time of good answers, ms]`
  const heading = `${'Value'.padStart(12)} ${'Percentile'.padStart(14)} ${'TotalCount'.padStart(10)} ${'1/(1-Percentile)'.padStart(14)}`
  const footer = [
    `#[Mean    = ${column(histogram.meanMs ?? 0, 3, 12)}]`,
    `#[Max     = ${column(histogram.maxMs ?? 0, 3, 12)}, Total count    = ${String(histogram.count).padStart(12)}]`,
  ]
  return `${[title, heading, '', ...lines(histogram), ...footer].join('\n')}\n`
}

function lines(histogram: LatencyHistogram): readonly string[] {
  const { count, maxMs } = histogram
  if (maxMs === null) return []
  const written = tailQuantiles(count).map((quantile) => {
    const valueMs = (quantile === 0 ? histogram.sampleMs(1) : histogram.quantileMs(quantile)) ?? maxMs
    const upTo = countUpTo(histogram, valueMs)
    return `${column(valueMs, 3, 12)} ${quantile.toFixed(12)} ${String(upTo).padStart(10)} ${column(1 / (1 - quantile), 2, 14)}`
  })
  return [...written, `${column(maxMs, 3, 12)} ${(1).toFixed(12)} ${String(count).padStart(10)}`]
}

function column(value: number, decimals: number, width: number): string {
  return value.toFixed(decimals).padStart(width)
}
