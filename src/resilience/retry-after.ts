import type { Milliseconds } from '../core/clock.ts'

/** The preferred form and the two obsolete ones that a recipient must still accept; all are in GMT. */
const IMF_FIXDATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
const RFC850_DATE = /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/
const ASCTIME_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [\d ]\d \d{2}:\d{2}:\d{2} \d{4}$/

/**
 * Reads a Retry-After header: whole seconds, or an HTTP date.
 *
 * @param nowEpochMs the time of day, in milliseconds since 1970, from which a date counts
 * @returns the wait, 0 for a date that is past; undefined for anything else, negative numbers included
 * @see RFC 9110, sections 10.2.3 and 5.6.7
 */
export function parseRetryAfter(text: string, nowEpochMs: number): Milliseconds | undefined {
  const value = text.trim()
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1_000
  const epochMs = parseHttpDate(value)
  return Number.isNaN(epochMs) ? undefined : Math.max(0, epochMs - nowEpochMs)
}

function parseHttpDate(value: string): number {
  if (IMF_FIXDATE.test(value) || RFC850_DATE.test(value)) return Date.parse(value)
  return ASCTIME_DATE.test(value) ? Date.parse(`${value} GMT`) : Number.NaN
}
