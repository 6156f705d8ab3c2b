import type { Run, TimelineEntry } from '../../core/report.ts'
import { BYTES_PER_MEBIBYTE } from '../../core/units.ts'
import { formatCount, formatFraction, formatNumber } from '../format.ts'
import type { ChartFrame } from './chart-frame.ts'
import { type ChartLine, lineChart, type LineStyle } from './line-chart.ts'

type WorkerSecond = NonNullable<TimelineEntry['workers']>[number]
type ServerSecond = NonNullable<TimelineEntry['server']>

/** What the target did over time: its processes, cache, queue and connections; empty when it cannot be seen. */
export function targetCharts({ timeline }: Run, frame: Pick<ChartFrame, 'xTicks' | 'bands'>): string {
  const chart = (title: string, description: string, formatY: ChartFrame['formatY'], lines: readonly ChartLine[]) =>
    lineChart({ ...frame, title, description, formatY, lines: lines.filter(({ points }) => points.length > 0) })
  const processes = (figure: (worker: WorkerSecond) => number | null): readonly ChartLine[] =>
    linesOfProcesses(timeline, figure)
  const server = (name: string, style: LineStyle, figure: (second: ServerSecond) => number | null): ChartLine => ({
    name,
    style,
    points: pointsOf(timeline, ({ server: second }) => second && figure(second)),
  })
  const charts = [
    chart(
      'CPU of each process',
      'CPU time per second, in CPUs',
      formatNumber,
      processes(({ cpus }) => cpus),
    ),
    chart(
      'Event loop of each worker',
      'share of each second in which the event loop was busy',
      formatFraction,
      processes(({ loopUtilization }) => loopUtilization),
    ),
    chart(
      'Memory of each process',
      'resident memory, in MiB',
      (mebibytes) => `${formatCount(mebibytes)} MiB`,
      processes(({ rssBytes }) => (rssBytes === null ? null : rssBytes / BYTES_PER_MEBIBYTE)),
    ),
    chart('Cache hits', 'share of the lookups of each second that the cache answered', formatFraction, [
      server('hit rate', 'solid', hitRate),
    ]),
    chart('Admission queue', 'requests at the end of each second, and those refused in it', formatNumber, [
      server('running', 'solid', ({ queueRunning }) => queueRunning),
      server('waiting', 'dashed', ({ queueWaiting }) => queueWaiting),
      server('refused', 'dotted', ({ queueRefused }) => queueRefused),
    ]),
    chart('Connections to the upstreams', 'at the end of each second, over all workers', formatNumber, [
      server('open', 'solid', ({ upstreams }) => sumOf(upstreams, ({ poolConnected }) => poolConnected)),
      server('in use', 'dashed', ({ upstreams }) => sumOf(upstreams, ({ poolRunning }) => poolRunning)),
      server('calls that wait for one', 'dotted', ({ upstreams }) =>
        sumOf(upstreams, ({ poolPending }) => poolPending),
      ),
    ]),
  ].filter((drawn) => drawn !== '')
  return charts.length === 0 ? '' : `<h3>The target</h3>\n<div class="charts">\n${charts.join('\n')}\n</div>`
}

/** One line a process; those of workers share their name, because there may be many. */
function linesOfProcesses(
  timeline: Run['timeline'],
  figure: (worker: WorkerSecond) => number | null,
): readonly ChartLine[] {
  const roles = new Map(timeline.flatMap(({ workers = [] }) => workers.map(({ pid, role }) => [pid, role] as const)))
  return [...roles].map(([pid, role]) => ({
    name: role,
    style: role === 'primary' ? 'dashed' : 'solid',
    points: pointsOf(timeline, ({ workers = [] }) => {
      const worker = workers.find((other) => other.pid === pid)
      return worker && figure(worker)
    }),
  }))
}

function pointsOf(
  timeline: Run['timeline'],
  figure: (second: TimelineEntry) => number | null | undefined,
): ChartLine['points'] {
  return timeline.flatMap((second): ChartLine['points'] => {
    const value = figure(second) ?? null
    return value === null ? [] : [[second.second, value]]
  })
}

function hitRate({ cacheHits, cacheMisses }: ServerSecond): number | null {
  const lookups = (cacheHits ?? 0) + (cacheMisses ?? 0)
  return lookups === 0 ? null : (cacheHits ?? 0) / lookups
}

/** Null without upstreams, so that there is no line at 0. */
function sumOf<T>(items: readonly T[], value: (item: T) => number): number | null {
  return items.length === 0 ? null : items.reduce((sum, item) => sum + value(item), 0)
}
