import { parseRateLimit } from '../../resilience/rate-limit.ts'
import type { SettingReader } from '../setting-reader.ts'

/** The token bucket of each client. */
export interface RateLimitOptions {
  readonly ratePerS: number
  readonly burst: number
  readonly maxClients: number
}

/** @returns null when the limiter is switched off */
export function rateLimitOptions(read: SettingReader): RateLimitOptions | null {
  if (!read.isOn('RATE_LIMIT_ENABLED')) return null
  const limit = parseRateLimit(read.text('RATE_LIMIT_DEFAULT'))
  if (limit === undefined) throw new RangeError('RATE_LIMIT_DEFAULT was accepted by its pattern and not by its parser')
  const { count, periodMs } = limit
  return { ratePerS: (count / periodMs) * 1_000, burst: count, maxClients: read.number('RATE_LIMIT_MAX_KEYS') }
}
