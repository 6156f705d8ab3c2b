import type { Evidence, Recommendation } from '../core/recommendation.ts'
import { formatBytes, formatFraction, formatMs, formatNumber, formatRate } from './format.ts'

/** A recommended or present value with its unit: `2 workers`, `64 MiB`; `not set` when there is none. */
export function formatValue(value: number | null, unit: string): string {
  if (value === null) return 'not set'
  if (unit === 'bytes' || unit.startsWith('bytes ')) return `${formatBytes(value)}${unit.slice('bytes'.length)}`
  // One connection, but s (seconds) stays s.
  return `${formatNumber(value)} ${value === 1 ? unit.replace(/(?<=\w{3})s\b/, '') : unit}`.trimEnd()
}

/** What the value is now, beside the recommended one: `now 1`, `as now`, `now not set`. */
export function formatCurrent({ value, current, unit }: Recommendation): string {
  if (current === null) return 'now not set'
  return current === value ? 'as now' : `now ${formatValue(current, unit.startsWith('bytes') ? 'bytes' : '')}`
}

/** The figures behind a recommendation as text: `cpu per request 0.42 ms, throughput 1,234/s`. */
export function formatEvidence(evidence: Evidence): string {
  return Object.entries(evidence)
    .map(([key, value]) => formatFigure(key, value))
    .join(', ')
}

/** One figure; the unit is in its key, as everywhere in a report. */
function formatFigure(key: string, value: number | string): string {
  const words = key
    .replaceAll('MiB', 'Mib')
    .split(/(?=[A-Z])/)
    .map((word) => word.toLowerCase())
  if (typeof value === 'string') return `${words.join(' ')}: ${value}`
  const without = (unit: string): string => words.filter((word) => word !== unit).join(' ')
  if (words.slice(-2).join(' ') === 'per s') return `${words.slice(0, -2).join(' ')} ${formatRate(value)}`
  if (words.includes('ms')) return `${without('ms')} ${formatMs(value)}`
  if (words.includes('mib')) return `${without('mib')} ${formatNumber(value)} MiB`
  if (words.includes('bytes')) return `${without('bytes')} ${formatBytes(value)}`
  if (words.includes('fraction')) return `${without('fraction')} ${formatFraction(value)}`
  if (words.at(-1) === 's') return `${without('s')} ${formatNumber(value)} s`
  return `${words.join(' ')} ${formatNumber(value)}`
}
