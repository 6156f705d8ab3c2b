import { escapeMarkup } from '../markup.ts'
import { type ChartFrame, framedChart, maximum, minimum } from './chart-frame.ts'

/** A line of a chart; points in order of x. Lines of one name and style share an entry of the legend. */
export interface ChartLine {
  readonly name: string
  /** Dashed and dotted lines are told apart without colour. */
  readonly isDashed: boolean
  readonly isDotted?: boolean
  readonly points: readonly (readonly [x: number, y: number])[]
}

/** What a chart shows; y begins at 0. */
export interface LineChart extends ChartFrame {
  readonly lines: readonly ChartLine[]
}

/** Wider series are thinned, each group by its highest point, so that no peak is lost. */
const MOST_POINTS = 600

/** A line chart as SVG with its legend; nothing is drawn without points. */
export function lineChart({ lines, ...frame }: LineChart): string {
  const points = lines.flatMap((line) => line.points)
  if (points.length === 0) return ''
  const xs = [...points.map(([x]) => x), ...frame.xTicks.map(({ at }) => at)]
  const extent = { xMin: minimum(xs), xMax: maximum(xs), yMax: maximum(points.map(([, y]) => y)) }
  const entries = new Set(
    lines.map((line) => `<span class="${styleOf(line)}">${signOf(line)} ${escapeMarkup(line.name)}</span>`),
  )
  return framedChart(frame, extent, [...entries].join(' '), ({ toX, toY }) =>
    lines.map(
      (line) =>
        `<polyline class="${styleOf(line)}" points="${thinned(line.points)
          .map(([x, y]) => `${toX(x)},${toY(y)}`)
          .join(' ')}"/>`,
    ),
  )
}

function styleOf({ isDashed, isDotted = false }: ChartLine): string {
  if (isDotted) return 'third'
  return isDashed ? 'second' : 'first'
}

function signOf({ isDashed, isDotted = false }: ChartLine): string {
  if (isDotted) return '┈┈'
  return isDashed ? '╌╌' : '──'
}

function thinned(points: ChartLine['points']): ChartLine['points'] {
  if (points.length <= MOST_POINTS) return points
  const size = Math.ceil(points.length / MOST_POINTS)
  return Array.from({ length: Math.ceil(points.length / size) }, (_, group) =>
    points
      .slice(group * size, (group + 1) * size)
      .reduce((highest, point) => (point[1] > highest[1] ? point : highest)),
  )
}
