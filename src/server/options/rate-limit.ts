import type { ClientLimiterOptions } from '../../resilience/client-limiter.ts'
import { parseRateLimit } from '../../resilience/rate-limit.ts'
import type { SettingReader } from '../setting-reader.ts'

/** The token bucket of each client, and who is a client. */
export interface RateLimitOptions extends ClientLimiterOptions {
  /** Bits of an IPv6 address that tell clients apart, 1 to 128. */
  readonly ipv6Prefix: number
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
}

/** @returns null when the limiter is switched off */
export function rateLimitOptions(read: SettingReader): RateLimitOptions | null {
  if (!read.isOn('RATE_LIMIT_ENABLED')) return null
  const limit = parseRateLimit(read.text('RATE_LIMIT_DEFAULT'))
  if (limit === undefined) throw new RangeError('RATE_LIMIT_DEFAULT was accepted by its pattern and not by its parser')
  return {
    ...limit,
    maxClients: read.number('RATE_LIMIT_MAX_KEYS'),
    ipv6Prefix: read.number('RATE_LIMIT_IPV6_PREFIX'),
    trustedProxies: read.list('TRUSTED_PROXIES'),
  }
}
