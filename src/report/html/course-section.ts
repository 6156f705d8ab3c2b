import type { Run, TimelineEntry } from '../../core/report.ts'
import { courseOf } from '../course.ts'
import { formatCount, formatMs, formatRate } from '../format.ts'
import { OUTCOME_WORDS } from '../run-facts.ts'
import { breakerStrip } from './breaker-strip.ts'
import type { ChartFrame } from './chart-frame.ts'
import { details, paragraph, table } from './elements.ts'
import { type ChartLine, lineChart } from './line-chart.ts'
import { outcomeChart } from './outcome-chart.ts'
import { targetCharts } from './target-charts.ts'

/** Rows of a table that a reader still looks through; the charts show the rest. */
const MOST_ROWS = 300

/** How a run went over time: requests and their outcomes, latency, what was wrong on purpose, and the target. */
export function courseSection(run: Run): string {
  const { timeline } = run
  if (timeline.length < 2) return ''
  const faults = courseOf(run, MOST_ROWS)?.faults ?? []
  const frame = {
    xTicks: ticksOf(timeline),
    bands: faults.map(({ fromS, toS, mark }) => ({ from: fromS, to: toS, mark })),
  }
  return [
    ...faults.map(({ mark, upstream, fault, fromS, toS }) =>
      paragraph(`Fault ${mark}: ${upstream} ${fault}, from ${fromS.toFixed(1)} to ${toS.toFixed(1)} s`, 'suspect'),
    ),
    rateChart(timeline, frame),
    outcomeChart(run, frame),
    breakerStrip(run),
    latencyChart(run, frame),
    targetCharts(run, frame),
    secondsTable(run),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function ticksOf(timeline: Run['timeline']): ChartFrame['xTicks'] {
  const last = timeline.length - 1
  return [0, ...[0.25, 0.5, 0.75, 1].map((fraction) => timeline[Math.round(fraction * last)]?.second ?? 0)]
    .filter((second, index, all) => all.indexOf(second) === index)
    .map((second) => ({ at: second, label: `${second} s` }))
}

function rateChart(timeline: Run['timeline'], frame: Pick<ChartFrame, 'xTicks' | 'bands'>): string {
  return lineChart({
    ...frame,
    title: 'Requests per second',
    description: 'throughput and goodput, each second',
    lines: [
      lineOf(timeline, { name: 'throughput', isDashed: false }, ({ throughputPerS }) => throughputPerS),
      lineOf(timeline, { name: 'goodput', isDashed: true }, ({ goodputPerS }) => goodputPerS),
    ],
    formatY: formatRate,
  })
}

function latencyChart(run: Run, frame: Pick<ChartFrame, 'xTicks' | 'bands'>): string {
  const { timeline } = run
  const other = courseOf(run, MOST_ROWS)?.otherOutcome
  const otherName = other === undefined ? '' : `p50 ${OUTCOME_WORDS[other]}`
  const line = lineOf(timeline, { name: otherName, isDashed: false, isDotted: true }, ({ outcomes }) =>
    other === undefined ? null : (outcomes?.[other]?.p50Ms ?? null),
  )
  return lineChart({
    ...frame,
    title: 'Latency over time',
    description: `p99 and p50 of the good answers of each second${otherName === '' ? '' : `, and ${otherName}`}`,
    lines: [
      lineOf(timeline, { name: 'p99', isDashed: false }, ({ p99Ms }) => p99Ms),
      lineOf(timeline, { name: 'p50', isDashed: true }, ({ p50Ms }) => p50Ms),
      ...(line.points.length === 0 ? [] : [line]),
    ],
    formatY: formatMs,
  })
}

function lineOf(
  timeline: Run['timeline'],
  style: Omit<ChartLine, 'points'>,
  figure: (second: TimelineEntry) => number | null,
): ChartLine {
  return {
    ...style,
    points: timeline.flatMap((second): ChartLine['points'] => {
      const value = figure(second)
      return value === null ? [] : [[second.second, value]]
    }),
  }
}

function secondsTable(run: Run): string {
  const { timeline } = run
  const outcomes = (courseOf(run, MOST_ROWS)?.outcomes ?? []).filter((outcome) => outcome !== 'good')
  const rows = timeline
    .slice(0, MOST_ROWS)
    .map((entry) => [
      String(entry.second),
      formatRate(entry.throughputPerS),
      formatRate(entry.goodputPerS),
      ...outcomes.map((outcome) => formatCount(entry.outcomes?.[outcome]?.count ?? 0)),
      formatMs(entry.p50Ms),
      formatMs(entry.p99Ms),
      formatCount(entry.inFlight),
    ])
  const titles = [
    'second',
    'throughput',
    'goodput',
    ...outcomes.map((outcome) => OUTCOME_WORDS[outcome]),
    'p50',
    'p99',
    'in flight',
  ]
  const shown = timeline.length > MOST_ROWS ? `the first ${MOST_ROWS} seconds` : 'each second'
  return details(`Over time as a table (${shown})`, table('Over time', titles, rows, 0))
}
