import { escapeMarkup } from '../markup.ts'
import { type ChartFrame, framedChart, maximum, minimum } from './chart-frame.ts'

/** How a line is drawn. */
export type LineStyle = 'solid' | 'dashed' | 'dotted'

/** A line of a chart; points in order of x. Lines of one name and style share an entry of the legend. */
export interface ChartLine {
  readonly name: string
  /** Told apart without colour too. */
  readonly style: LineStyle
  readonly points: readonly (readonly [x: number, y: number])[]
}

/** What a chart shows; y begins at 0. */
export interface LineChart extends ChartFrame {
  readonly lines: readonly ChartLine[]
}

/** Wider series are thinned, each group by its highest point, so that no peak is lost. */
const MOST_POINTS = 600

/** Their classes in the style sheet, and their signs in the legend. */
const STYLES: Readonly<Record<LineStyle, { readonly className: string; readonly sign: string }>> = {
  solid: { className: 'first', sign: '──' },
  dashed: { className: 'second', sign: '╌╌' },
  dotted: { className: 'third', sign: '┈┈' },
}

/** A line chart as SVG with its legend; nothing is drawn without points. */
export function lineChart({ lines, ...frame }: LineChart): string {
  const points = lines.flatMap((line) => line.points)
  if (points.length === 0) return ''
  const xs = [...points.map(([x]) => x), ...frame.xTicks.map(({ at }) => at)]
  const extent = { xMin: minimum(xs), xMax: maximum(xs), yMax: maximum(points.map(([, y]) => y)) }
  const entries = new Set(
    lines.map(
      ({ style, name }) =>
        `<span class="${STYLES[style].className}">${STYLES[style].sign} ${escapeMarkup(name)}</span>`,
    ),
  )
  return framedChart(frame, extent, [...entries].join(' '), ({ toX, toY }) =>
    lines.map(
      (line) =>
        `<polyline class="${STYLES[line.style].className}" points="${thinned(line.points)
          .map(([x, y]) => `${toX(x)},${toY(y)}`)
          .join(' ')}"/>`,
    ),
  )
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
