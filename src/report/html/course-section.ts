import type { Outcome } from '../../core/measurement.ts'
import type { Run, TimelineEntry } from '../../core/report.ts'
import { courseOf, faultBands } from '../course.ts'
import { formatCount, formatMs, formatRate } from '../format.ts'
import { OUTCOME_WORDS } from '../run-facts.ts'
import { breakerStrip } from './breaker-strip.ts'
import type { ChartFrame } from './chart-frame.ts'
import { details, paragraph, table } from './elements.ts'
import { type ChartLine, lineChart } from './line-chart.ts'
import { outcomeChart } from './outcome-chart.ts'
import { targetCharts } from './target-charts.ts'

/** More columns of a chart could not be told apart, and in a table nobody looks through more rows. */
const MOST_ROWS = 300

/** How a run went over time: requests and their outcomes, latency, what was wrong on purpose, and the target. */
export function courseSection(run: Run): string {
  const { timeline } = run
  if (timeline.length < 2) return ''
  const course = courseOf(run, MOST_ROWS)
  const faults = course?.faults ?? []
  const frame = { xTicks: ticksOf(timeline), bands: faultBands(faults) }
  return [
    ...faults.map(({ mark, upstream, fault, fromS, toS }) =>
      paragraph(`Fault ${mark}: ${upstream} ${fault}, from ${fromS.toFixed(1)} to ${toS.toFixed(1)} s`, 'suspect'),
    ),
    rateChart(timeline, frame),
    ...(course === null ? [] : [outcomeChart(course, frame), breakerStrip(course)]),
    latencyChart(timeline, course?.otherOutcome, frame),
    targetCharts(run, frame),
    secondsTable(timeline, course?.outcomes ?? []),
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
      lineOf(timeline, { name: 'throughput', style: 'solid' }, ({ throughputPerS }) => throughputPerS),
      lineOf(timeline, { name: 'goodput', style: 'dashed' }, ({ goodputPerS }) => goodputPerS),
    ],
    formatY: formatRate,
  })
}

function latencyChart(
  timeline: Run['timeline'],
  other: Outcome | undefined,
  frame: Pick<ChartFrame, 'xTicks' | 'bands'>,
): string {
  const otherName = other === undefined ? '' : `p50 ${OUTCOME_WORDS[other]}`
  const line = lineOf(timeline, { name: otherName, style: 'dotted' }, ({ outcomes }) =>
    other === undefined ? null : (outcomes?.[other]?.p50Ms ?? null),
  )
  return lineChart({
    ...frame,
    title: 'Latency over time',
    description: `p99 and p50 of the good answers of each second${otherName === '' ? '' : `, and ${otherName}`}`,
    lines: [
      lineOf(timeline, { name: 'p99', style: 'solid' }, ({ p99Ms }) => p99Ms),
      lineOf(timeline, { name: 'p50', style: 'dashed' }, ({ p50Ms }) => p50Ms),
      ...(line.points.length === 0 ? [] : [line]),
    ],
    formatY: formatMs,
  })
}

function lineOf(
  timeline: Run['timeline'],
  look: Omit<ChartLine, 'points'>,
  figure: (second: TimelineEntry) => number | null,
): ChartLine {
  return {
    ...look,
    points: timeline.flatMap((second): ChartLine['points'] => {
      const value = figure(second)
      return value === null ? [] : [[second.second, value]]
    }),
  }
}

function secondsTable(timeline: Run['timeline'], occurred: readonly Outcome[]): string {
  const outcomes = occurred.filter((outcome) => outcome !== 'good')
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
