import { ADDRESS_OR_NETWORK } from '../address-pattern.ts'
import { boolean, integer } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** The token bucket of each client. */
export const RATE_LIMIT_SETTINGS: readonly SettingDefinition[] = [
  boolean('RATE_LIMIT_ENABLED', true, 'each client has a token bucket'),
  {
    name: 'RATE_LIMIT_DEFAULT',
    kind: 'text',
    default: '60/minute',
    pattern: /^(?:[1-9]\d{0,5}|1000000)\/(?:second|minute|hour|day)$/,
    form: 'a whole number up to 1000000 and /second, /minute, /hour or /day',
    reload: 'live',
    summary: 'requests that one client may send to all workers together, as many at once',
  },
  integer('RATE_LIMIT_MAX_KEYS', [10_000, 1, 10_000_000], 'clients told apart; further ones share a bucket'),
  integer('RATE_LIMIT_IPV6_PREFIX', [64, 1, 128], 'bits of an IPv6 address that tell clients apart'),
  {
    name: 'TRUSTED_PROXIES',
    kind: 'list',
    default: [],
    pattern: ADDRESS_OR_NETWORK,
    form: 'addresses or networks such as 10.0.0.0/8, separated by commas',
    reload: 'live',
    summary: 'proxies whose X-Forwarded-For names the client; empty: nobody is believed',
  },
]
