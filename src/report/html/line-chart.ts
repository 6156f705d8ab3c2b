import { escapeMarkup } from '../markup.ts'

/** A line of a chart; points in order of x. */
export interface ChartLine {
  readonly name: string
  /** Dashed lines are told apart without colour. */
  readonly isDashed: boolean
  readonly points: readonly (readonly [x: number, y: number])[]
}

/** What a chart shows; y begins at 0. */
export interface LineChart {
  readonly title: string
  /** The same in words, for readers who do not see it. */
  readonly description: string
  readonly lines: readonly ChartLine[]
  readonly xTicks: readonly { readonly at: number; readonly label: string }[]
  readonly formatY: (value: number) => string
}

const WIDTH = 720
const HEIGHT = 260
const MARGIN = { left: 78, right: 12, top: 12, bottom: 30 }
/** Wider series are thinned, each group by its highest point, so that no peak is lost. */
const MOST_POINTS = 600
const WANTED_TICKS = 4

/** A line chart as SVG with its legend; nothing is drawn without points. */
export function lineChart({ title, description, lines, xTicks, formatY }: LineChart): string {
  const points = lines.flatMap((line) => line.points)
  if (points.length === 0) return ''
  const xs = [...points.map(([x]) => x), ...xTicks.map(({ at }) => at)]
  const xMin = minimum(xs)
  const xSpan = maximum(xs) - xMin || 1
  const ticks = ticksUpTo(maximum(points.map(([, y]) => y)))
  const top = maximum(ticks)
  const toX = (x: number): string =>
    (MARGIN.left + ((x - xMin) / xSpan) * (WIDTH - MARGIN.left - MARGIN.right)).toFixed(1)
  const toY = (y: number): string =>
    (HEIGHT - MARGIN.bottom - (y / top) * (HEIGHT - MARGIN.top - MARGIN.bottom)).toFixed(1)
  const right = WIDTH - MARGIN.right
  return [
    `<figure><figcaption>${escapeMarkup(title)}</figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeMarkup(`${title}. ${description}`)}">`,
    ...ticks.map(
      (tick) =>
        `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${toY(tick)}" y2="${toY(tick)}"/><text x="${MARGIN.left - 6}" y="${toY(tick)}" dy="4" text-anchor="end">${escapeMarkup(formatY(tick))}</text>`,
    ),
    ...xTicks.map(
      ({ at, label }) => `<text x="${toX(at)}" y="${HEIGHT - 8}" text-anchor="middle">${escapeMarkup(label)}</text>`,
    ),
    ...lines.map(
      ({ points: own, isDashed }) =>
        `<polyline class="${isDashed ? 'second' : 'first'}" points="${thinned(own)
          .map(([x, y]) => `${toX(x)},${toY(y)}`)
          .join(' ')}"/>`,
    ),
    '</svg>',
    `<p class="legend">${lines.map(({ name, isDashed }) => `<span class="${isDashed ? 'second' : 'first'}">${isDashed ? '╌╌' : '──'} ${escapeMarkup(name)}</span>`).join(' ')}</p>`,
    '</figure>',
  ].join('\n')
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

/** 0 and round steps (1, 2 or 5 times a power of ten) up to the first that is not below `highest`. */
function ticksUpTo(highest: number): readonly number[] {
  const rough = (highest || 1) / WANTED_TICKS
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((mantissa) => mantissa * power >= rough) ?? 10)
  const count = Math.max(1, Math.ceil(highest / step))
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(6)))
}

// Spreading a day of seconds into Math.max would overflow the stack.
function maximum(values: readonly number[]): number {
  return values.reduce((highest, value) => Math.max(highest, value), Number.NEGATIVE_INFINITY)
}

function minimum(values: readonly number[]): number {
  return values.reduce((lowest, value) => Math.min(lowest, value), Number.POSITIVE_INFINITY)
}
