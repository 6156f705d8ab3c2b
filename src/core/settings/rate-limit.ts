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
    summary: 'requests that one client may send, as many at once; each worker grants its share',
  },
  integer('RATE_LIMIT_MAX_KEYS', [10_000, 1, 10_000_000], 'clients told apart; further ones share a bucket'),
]
