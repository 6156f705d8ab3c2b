import { type ChartSigns, chartSigns, drawBar } from '../report/charts.ts'
import { cutTo, toAscii } from '../report/terminal-text.ts'

/** The characters that the dashboard is drawn with. */
export interface Signs {
  readonly chart: ChartSigns
  readonly border: 'round' | 'classic'
  /** Upper left corner, line, upper right corner: the title of a box is written into its upper border. */
  readonly top: readonly [left: string, line: string, right: string]
  readonly emptyBar: string
  readonly ended: string
  readonly running: string
  readonly pending: string
  /** The text in these characters, cut where it is wider than `columns`. */
  readonly fit: (text: string, columns: number) => string
}

const UNICODE: Signs = {
  chart: chartSigns(true),
  border: 'round',
  top: ['╭', '─', '╮'],
  emptyBar: '░',
  ended: '✓',
  running: '▶',
  pending: '·',
  fit: (text, columns) => cutTo(text, columns, '…'),
}

const ASCII: Signs = {
  chart: chartSigns(false),
  border: 'classic',
  top: ['+', '-', '+'],
  emptyBar: '.',
  ended: '*',
  running: '>',
  pending: '-',
  fit: (text, columns) => cutTo(toAscii(text), columns, '~'),
}

/** Block elements and boxes, or ASCII where the terminal has none. */
export function signsFor(unicode: boolean): Signs {
  return unicode ? UNICODE : ASCII
}

/**
 * A bar of exactly `columns` characters.
 *
 * @param fraction of the full width; what lies outside 0..1 is taken as the nearer end
 */
export function fullBar(fraction: number, columns: number, signs: Signs): string {
  return drawBar(Math.min(1, Math.max(0, fraction)), columns, signs.chart).padEnd(columns, signs.emptyBar)
}
