/** How values are drawn over time. */
export interface SparklineOptions {
  /** 1 or more. One per value; older values that find no room are left out. */
  readonly columns: number
  /** Height of the drawing, 1 or more. */
  readonly rows: number
  /** The value that fills the whole height; above 0. Larger values fill it too. */
  readonly maximum: number
  /** Signs for parts of one row, the lowest first; the last fills the row. */
  readonly levels: readonly string[]
}

/**
 * Values over time on a scale from 0 to `maximum`, the newest at the right.
 *
 * A value of 0 leaves the lowest sign, so that it differs from a gap.
 *
 * @param values oldest first, 0 or more; null leaves a gap
 * @returns `rows` lines of exactly `columns` characters, the top one first
 */
export function sparkline(values: readonly (number | null)[], options: SparklineOptions): readonly string[] {
  const { columns, rows, maximum, levels } = options
  const steps = values.slice(-columns).map((value) => {
    if (value === null) return 0
    return Math.min(rows * levels.length, Math.max(1, Math.ceil((value / maximum) * rows * levels.length)))
  })
  return Array.from({ length: rows }, (_, row) => {
    const below = (rows - 1 - row) * levels.length
    const signs = steps.map((step) => (step <= below ? ' ' : levels[Math.min(step - below, levels.length) - 1]))
    return signs.join('').padStart(columns)
  })
}

/**
 * The end of a scale that holds all values and changes seldom: 1, 2, 3, 4, 6 or 8 times a power of ten.
 *
 * @returns above 0; 1 when no value is above 0
 */
export function scaleMaximum(values: readonly (number | null)[]): number {
  const largest = values.reduce<number>((highest, value) => Math.max(highest, value ?? 0), 0)
  if (largest === 0) return 1
  const exponent = Math.floor(Math.log10(largest))
  // Read as text, because 3 * 0.1 is not 0.3.
  const candidates = [1, 2, 3, 4, 6, 8, 10].map((step) => Number(`${step}e${exponent}`))
  return candidates.find((candidate) => candidate >= largest) ?? largest
}
