import type { Report } from '../core/report.ts'
import { formatMs, formatRate } from './format.ts'

/** The titles of `repeatedRows`. */
export const REPEATED_TITLES: readonly string[] = ['phase', 'figure', 'mean', '95% interval', 'boots']

const WORDS: Readonly<Record<string, string>> = {
  p50Ms: 'p50',
  p95Ms: 'p95',
  p99Ms: 'p99',
  throughputPerS: 'throughput',
  goodputPerS: 'goodput',
}

/** What the boots of each phase agree on, one row a figure; none without repetitions. */
export function repeatedRows({ overBoots = [] }: Report): readonly (readonly string[])[] {
  return overBoots.map(({ phase, figure, unit, boots, mean, low, high }) => {
    const format = unit === 'ms' ? formatMs : formatRate
    return [phase, WORDS[figure] ?? figure, format(mean), `${format(low)} – ${format(high)}`, String(boots)]
  })
}
