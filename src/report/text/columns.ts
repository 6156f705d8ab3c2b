import { displayWidth } from '../terminal-text.ts'

/** One column of a table. */
export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  /** May be narrowed to this many columns, its texts cut; never narrowed when absent. */
  readonly minimum?: number
  /** Columns with the highest number are left out first when there is no room; never left out when absent. */
  readonly expendable?: number
}

/** What narrow columns are reduced to when nothing else is left. */
const LAST_RESORT = 3

/**
 * The width of each column, 0 for those left out: natural widths if they fit; else columns are narrowed to their minimum,
 * then expendable ones are left out, then the widest are narrowed however much it takes.
 */
export function fitColumns(
  columns: readonly Column[],
  rows: readonly (readonly { readonly text: string }[])[],
  room: number,
  gap: number,
): readonly number[] {
  const natural = columns.map((_, index) => Math.max(...rows.map((row) => displayWidth(row[index]?.text ?? ''))))
  const isShown = columns.map(() => true)
  const minimumOf = (index: number): number =>
    Math.min(natural[index] ?? 0, columns[index]?.minimum ?? Number.POSITIVE_INFINITY)
  const total = (widths: readonly number[]): number => {
    const shown = widths.filter((width) => width > 0)
    return shown.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, shown.length - 1)
  }
  const minimal = (): number[] => columns.map((_, index) => (isShown[index] === true ? minimumOf(index) : 0))
  while (total(minimal()) > room) {
    const victim = mostExpendable(columns, isShown)
    if (victim === -1) break
    isShown[victim] = false
  }
  const widths = minimal()
  while (total(widths) > room) {
    const widest = widths.indexOf(Math.max(...widths))
    if ((widths[widest] ?? 0) <= LAST_RESORT) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  for (const [index, width] of widths.entries()) {
    const spare = room - total(widths)
    if (width > 0 && spare > 0) widths[index] = Math.min(natural[index] ?? 0, width + spare)
  }
  return widths
}

function mostExpendable(columns: readonly Column[], isShown: readonly boolean[]): number {
  let found = -1
  for (const [index, { expendable }] of columns.entries()) {
    if (isShown[index] === true && expendable !== undefined && expendable > (columns[found]?.expendable ?? 0))
      found = index
  }
  return found
}
