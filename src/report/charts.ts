/** The signs that figures are drawn with. */
export interface ChartSigns {
  /** Parts of a bar from the smallest to a whole column. */
  readonly bar: readonly string[]
  /** Levels of a sparkline, the lowest first. */
  readonly levels: readonly string[]
}

/** Block elements. */
export const UNICODE_SIGNS: ChartSigns = {
  bar: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
}

/** For terminals without them. */
export const ASCII_SIGNS: ChartSigns = { bar: ['#'], levels: ['_', '.', '-', '=', '*', '#'] }

/** The signs of a terminal. */
export function chartSigns(unicode: boolean): ChartSigns {
  return unicode ? UNICODE_SIGNS : ASCII_SIGNS
}

/**
 * A bar of at most `width` columns; anything above 0 leaves a mark.
 *
 * @param fraction of the full width, 0..1
 */
export function drawBar(fraction: number, width: number, signs: ChartSigns): string {
  const steps = signs.bar.length
  const filled = Math.min(width * steps, Math.round(fraction * width * steps))
  if (filled <= 0) return fraction > 0 ? String(signs.bar[0]) : ''
  const rest = filled % steps
  return (
    String(signs.bar[steps - 1]).repeat(Math.floor(filled / steps)) + (rest === 0 ? '' : String(signs.bar[rest - 1]))
  )
}

/**
 * Values over time as one line of at most `width` columns, from 0 to the largest value; neighbours share a column
 * by their mean.
 *
 * @param values oldest first, 0 or more
 */
export function drawSparkline(values: readonly number[], width: number, signs: ChartSigns): string {
  const columns = Math.min(width, values.length)
  const top = Math.max(...values, 0)
  const highest = signs.levels.length - 1
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns)
    const until = Math.floor(((column + 1) * values.length) / columns)
    const shared = values.slice(from, until)
    const mean = shared.reduce((sum, value) => sum + value, 0) / shared.length
    return signs.levels[top === 0 ? 0 : Math.round((mean / top) * highest)]
  }).join('')
}
