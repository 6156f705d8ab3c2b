import { BYTES_PER_MEBIBYTE } from '../../core/units.ts'
import { significant } from '../advice/certainty.ts'

/** A number for people: `1,024`, `0.05`, `23.4`; three digits where it is not whole. */
export function figure(value: number): string {
  const isLong = Number.isInteger(value) || Math.abs(value) >= 1_000
  return isLong ? Math.round(value).toLocaleString('en-US') : String(significant(value))
}

/** `1 worker`, `4 workers`. */
export function quantity(value: number, singular: string): string {
  return `${figure(value)} ${singular}${value === 1 ? '' : 's'}`
}

/** A time in the unit that reads best: `50 ms`, `3.7 min`, `20 s`. */
export function span(seconds: number): string {
  if (seconds < 1) return `${figure(seconds * 1_000)} ms`
  if (seconds < 600) return `${figure(seconds)} s`
  return seconds < 86_400 ? `${figure(seconds / 3_600)} h` : `${figure(seconds / 86_400)} days`
}

/** `1,000/s`. */
export function perSecond(rate: number): string {
  return `${figure(rate)}/s`
}

/** `1,536 MiB`. */
export function mebibytes(bytes: number): string {
  return `${figure(bytes / BYTES_PER_MEBIBYTE)} MiB`
}
