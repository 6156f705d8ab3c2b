import type { Milliseconds } from '../core/clock.ts'

/** `count` requests per `periodMs`. */
export interface RateLimit {
  /** Whole, from 1 to 1 000 000. */
  readonly count: number
  readonly periodMs: Milliseconds
}

/** The price of a token: the time in which a bucket gets another one. */
export function tokenMs({ count, periodMs }: RateLimit): Milliseconds {
  return periodMs / count
}

const PERIOD_MS = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const
const MAX_COUNT = 1_000_000

/**
 * Reads `100/second`, `60/minute`, `1000/hour`, `10/day`, and nothing else: a limit that is misread protects nobody.
 *
 * @returns undefined for 0, negative numbers, fractions, more than 1 000 000, other units and anything before or after
 */
export function parseRateLimit(text: string): RateLimit | undefined {
  const match = /^([1-9]\d{0,6})\/(second|minute|hour|day)$/.exec(text)
  if (match === null) return undefined
  const count = Number(match[1])
  // The pattern lets only the four units through.
  return count <= MAX_COUNT ? { count, periodMs: PERIOD_MS[match[2] as keyof typeof PERIOD_MS] } : undefined
}
