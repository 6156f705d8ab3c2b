import type { Check } from '../core/report.ts'
import { formatMs, formatNumber } from './format.ts'

/** The confidence interval of a check, in the unit of what was measured; empty without one. */
export function formatInterval({ interval, actual }: Check): string {
  if (interval === null) return ''
  const format = /\d ms\b/.test(actual) ? formatMs : formatNumber
  return interval.map((bound) => format(bound)).join(' to ')
}
