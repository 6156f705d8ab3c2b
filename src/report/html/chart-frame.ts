import type { FaultBand } from '../course.ts'
import { escapeMarkup } from '../markup.ts'

/** What every chart says beside its drawing. */
export interface ChartFrame {
  readonly title: string
  /** The same in words, for readers who do not see it. */
  readonly description: string
  readonly xTicks: readonly { readonly at: number; readonly label: string }[]
  readonly formatY: (value: number) => string
  /** On the x axis, each with the mark that the text explains. */
  readonly bands?: readonly FaultBand[]
}

/** Where values lie in the drawing, as attributes. */
export interface Scale {
  readonly toX: (x: number) => string
  readonly toY: (y: number) => string
}

/** Of the drawing, in its own units. */
export const WIDTH = 720
const HEIGHT = 260
export const MARGIN = { left: 78, right: 12, top: 14, bottom: 30 }
/** A mark stands this far from the left end of its band, below its upper end. */
const MARK_OFFSET = { x: 4, y: 11 }
const WANTED_TICKS = 4

/** Where all values have room: x from the lowest to the highest, y from 0. */
export interface Extent {
  readonly xMin: number
  readonly xMax: number
  readonly yMax: number
}

/** A figure with axes, bands and legend around what `draw` returns. */
export function framedChart(
  { title, description, xTicks, formatY, bands = [] }: ChartFrame,
  { xMin, xMax, yMax }: Extent,
  legend: string,
  draw: (scale: Scale) => readonly string[],
): string {
  const xSpan = xMax - xMin || 1
  const ticks = ticksUpTo(yMax)
  const top = ticks.at(-1) ?? 1
  const toX = (x: number): string =>
    (MARGIN.left + ((x - xMin) / xSpan) * (WIDTH - MARGIN.left - MARGIN.right)).toFixed(1)
  const toY = (y: number): string =>
    (HEIGHT - MARGIN.bottom - (y / top) * (HEIGHT - MARGIN.top - MARGIN.bottom)).toFixed(1)
  const right = WIDTH - MARGIN.right
  return [
    `<figure><figcaption>${escapeMarkup(title)}</figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeMarkup(`${title}. ${description}`)}">`,
    ...bandMarks(bands, { xMin, xMax }, toX),
    ...ticks.map(
      (tick) =>
        `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${toY(tick)}" y2="${toY(tick)}"/><text x="${MARGIN.left - 6}" y="${toY(tick)}" dy="4" text-anchor="end">${escapeMarkup(formatY(tick))}</text>`,
    ),
    ...xTicks.map(
      ({ at, label }) => `<text x="${toX(at)}" y="${HEIGHT - 8}" text-anchor="middle">${escapeMarkup(label)}</text>`,
    ),
    ...draw({ toX, toY }),
    '</svg>',
    `<p class="legend">${legend}</p>`,
    '</figure>',
  ].join('\n')
}

function bandMarks(
  bands: NonNullable<ChartFrame['bands']>,
  { xMin, xMax }: Pick<Extent, 'xMin' | 'xMax'>,
  toX: (x: number) => string,
): readonly string[] {
  return bands.flatMap(({ from, to, mark }) => {
    if (from >= xMax || to <= xMin) return []
    const left = toX(Math.max(from, xMin))
    const width = (Number(toX(Math.min(to, xMax))) - Number(left)).toFixed(1)
    return [
      `<rect class="band" x="${left}" y="${MARGIN.top}" width="${width}" height="${HEIGHT - MARGIN.top - MARGIN.bottom}"/><text x="${(Number(left) + MARK_OFFSET.x).toFixed(1)}" y="${MARGIN.top + MARK_OFFSET.y}">${escapeMarkup(mark)}</text>`,
    ]
  })
}

/** 0 and round steps (1, 2 or 5 times a power of ten) up to the first that is not below `highest`. */
function ticksUpTo(highest: number): readonly number[] {
  const rough = (highest || 1) / WANTED_TICKS
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((mantissa) => mantissa * power >= rough) ?? 10)
  const count = Math.max(1, Math.ceil(highest / step))
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(6)))
}

/** The largest value. Spreading a day of seconds into Math.max would overflow the stack. */
export function maximum(values: readonly number[]): number {
  return values.reduce((highest, value) => Math.max(highest, value), Number.NEGATIVE_INFINITY)
}

/** The smallest value. */
export function minimum(values: readonly number[]): number {
  return values.reduce((lowest, value) => Math.min(lowest, value), Number.POSITIVE_INFINITY)
}
