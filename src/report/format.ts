import type { Milliseconds } from '../core/clock.ts'

/** What stands for a figure that was not to be had. */
export const NO_FIGURE = '–'

const KIBIBYTE = 1_024
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A time for people, 3 significant digits at most: `0.42 ms`, `12.3 ms`, `1.20 s`. */
export function formatMs(ms: Milliseconds | null): string {
  if (ms === null) return NO_FIGURE
  // Rounded first, so that 999.6 becomes 1.00 s and not 1000 ms.
  const rounded = Number(ms.toPrecision(3))
  if (rounded === 0) return '0 ms'
  if (rounded < 0.1) return `${trimmed(rounded.toFixed(3))} ms`
  if (rounded < 1_000) return `${rounded.toFixed(decimalsOf(rounded))} ms`
  return `${(rounded / 1_000).toFixed(decimalsOf(rounded / 1_000))} s`
}

/** A round bound of a range of times: `5 ms`, `1.5 ms`, `2 s`. */
export function formatEdge(ms: Milliseconds): string {
  const [digits = '', unit = ''] = formatMs(ms).split(' ')
  return `${trimmed(digits)} ${unit}`
}

/** A planned or elapsed span: `0.5 s`, `10 s`, `2 min 5 s`, `1 h 30 min`. */
export function formatSpan(ms: Milliseconds): string {
  const seconds = ms / 1_000
  if (seconds < 60) return `${trimmed(seconds.toFixed(1))} s`
  const minutes = Math.floor(Math.round(seconds) / 60)
  if (minutes < 60) return joined(minutes, 'min', Math.round(seconds) % 60, 's')
  return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
}

/** Events per second: `1,234/s`, `12.3/s`. */
export function formatRate(perS: number | null): string {
  if (perS === null) return NO_FIGURE
  const rounded = Number(perS.toPrecision(3))
  if (rounded >= 100) return `${formatCount(Math.round(perS))}/s`
  return `${trimmed(rounded.toFixed(decimalsOf(rounded)))}/s`
}

/** Powers of 1024 by their own names: `512 B`, `64 MiB`, `7.8 GiB`. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return NO_FIGURE
  let value = bytes
  let unit = 0
  while (Math.round(value) >= KIBIBYTE && unit < BYTE_UNITS.length - 1) {
    value /= KIBIBYTE
    unit++
  }
  return `${trimmed(value.toFixed(value < 10 && unit > 0 ? 1 : 0))} ${BYTE_UNITS[unit]}`
}

/**
 * A share as percent; neither 0% nor 100% unless it is exactly that: `45.2%`, `0.012%`, `99.98%`.
 *
 * @param fraction 0..1
 */
export function formatFraction(fraction: number | null): string {
  if (fraction === null) return NO_FIGURE
  const percent = fraction * 100
  if (percent > 0 && percent < 0.95) return `${Number(percent.toPrecision(2))}%`
  if (percent > 99 && percent < 100) return `${trimmed(Math.min(percent, 99.99).toFixed(2))}%`
  return `${trimmed(percent.toFixed(1))}%`
}

/** A whole number with separators: `12,345`. */
export function formatCount(count: number | null): string {
  return count === null ? NO_FIGURE : Math.round(count).toLocaleString('en-US')
}

/** Any other number: whole ones with separators, the rest with 3 significant digits. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1_000) return formatCount(value)
  return String(Number(value.toPrecision(3)))
}

/** `p50`, `p99.9`, from the fraction. */
export function formatQuantile(quantile: number): string {
  return `p${Number((quantile * 100).toFixed(6))}`
}

/** `1 worker`, `2 workers`. */
export function formatQuantity(count: number, singular: string): string {
  return `${formatCount(count)} ${singular}${count === 1 ? '' : 's'}`
}

function decimalsOf(value: number): number {
  if (value < 10) return 2
  return value < 100 ? 1 : 0
}

function trimmed(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}
