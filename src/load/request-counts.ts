import { OUTCOMES, type RequestCounts } from '../core/measurement.ts'

/** Counts that still grow. */
export type RunningCounts = { -readonly [Key in keyof RequestCounts]: number }

/** All counts 0. */
export function noRequests(): RunningCounts {
  const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<
    (typeof OUTCOMES)[number],
    number
  >
  return { scheduled: 0, sent: 0, dropped: 0, cached: 0, ...outcomes }
}

/** Each count added up. */
export function sumCounts(all: readonly RequestCounts[]): RequestCounts {
  const sum = noRequests()
  for (const counts of all) for (const key of Object.keys(sum) as (keyof RunningCounts)[]) sum[key] += counts[key]
  return sum
}
