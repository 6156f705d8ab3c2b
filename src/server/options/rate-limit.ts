import { SettingsError } from '../../core/errors.ts'
import type { ClientLimiterOptions } from '../../resilience/client-limiter.ts'
import { parseRateLimit } from '../../resilience/rate-limit.ts'
import { isAddressOrNetwork } from '../client-address.ts'
import type { SettingReader } from '../setting-reader.ts'

/** The token bucket of each client, and who is a client. */
export interface RateLimitOptions extends ClientLimiterOptions {
  /** Bits of an IPv6 address that tell clients apart, 1 to 128. */
  readonly ipv6Prefix: number
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
}

/**
 * @returns null when the limiter is switched off
 * @throws {SettingsError} when a trusted proxy is no address and no network
 */
export function rateLimitOptions(read: SettingReader): RateLimitOptions | null {
  const trustedProxies = read.list('TRUSTED_PROXIES')
  const wrong = trustedProxies.filter((text) => !isAddressOrNetwork(text))
  if (wrong.length > 0) {
    throw new SettingsError(`TRUSTED_PROXIES: ${wrong.join(', ')} is no address and no network`, {
      hint: 'write TRUSTED_PROXIES as 10.0.0.0/8,192.0.2.7,2001:db8::/32',
    })
  }
  if (!read.isOn('RATE_LIMIT_ENABLED')) return null
  const limit = parseRateLimit(read.text('RATE_LIMIT_DEFAULT'))
  if (limit === undefined) throw new RangeError('RATE_LIMIT_DEFAULT was accepted by its pattern and not by its parser')
  return {
    ...limit,
    maxClients: read.number('RATE_LIMIT_MAX_KEYS'),
    ipv6Prefix: read.number('RATE_LIMIT_IPV6_PREFIX'),
    trustedProxies,
  }
}
