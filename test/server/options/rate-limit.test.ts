import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SettingsError } from '../../../src/core/errors.ts'
import { resolveSettings } from '../../../src/core/settings.ts'
import { serverOptions } from '../../../src/server/options.ts'
import type { RateLimitOptions } from '../../../src/server/options/rate-limit.ts'

function optionsOf(flags: Readonly<Record<string, string>>): RateLimitOptions | null {
  return serverOptions(resolveSettings({ flags, environment: {} }), 1).rateLimit
}

test('RL03 the default is 60 a minute, as the documents have it', () => {
  assert.deepEqual(optionsOf({}), {
    count: 60,
    periodMs: 60_000,
    maxClients: 10_000,
    ipv6Prefix: 64,
    trustedProxies: [],
  })
})

test('RL03 every setting of the limiter arrives', () => {
  const flags = {
    RATE_LIMIT_DEFAULT: '7/second',
    RATE_LIMIT_MAX_KEYS: '9',
    RATE_LIMIT_IPV6_PREFIX: '56',
    TRUSTED_PROXIES: '10.0.0.0/8, ::1',
  }
  const trustedProxies = ['10.0.0.0/8', '::1']
  assert.deepEqual(optionsOf(flags), { count: 7, periodMs: 1_000, maxClients: 9, ipv6Prefix: 56, trustedProxies })
  assert.equal(optionsOf({ RATE_LIMIT_ENABLED: 'false' }), null)
})

for (const limit of [
  '0/minute',
  '-5/minute',
  '1.5/second',
  '60',
  '60/fortnight',
  '1e9/second',
  '60/m',
  '60/minute;DROP',
]) {
  test(`RL03 a server with RATE_LIMIT_DEFAULT=${limit} does not start, and says what it may be`, () => {
    assert.throws(
      () => optionsOf({ RATE_LIMIT_DEFAULT: limit }),
      /RATE_LIMIT_DEFAULT must be a whole number .*\/second/,
    )
  })
}

for (const proxies of ['10.0.0.0/33', '300.1.1.1', '10.0.0.1,::1/200', '1.2.3', ':::']) {
  test(`RL06 a server with TRUSTED_PROXIES=${proxies} does not start, and says so together with all else that is wrong`, () => {
    assert.throws(
      () => optionsOf({ TRUSTED_PROXIES: proxies, RATE_LIMIT_ENABLED: 'false', RATE_LIMIT_DEFAULT: '0/minute' }),
      (error) => {
        assert.ok(error instanceof SettingsError)
        assert.match(error.message, /TRUSTED_PROXIES must be addresses or networks/)
        assert.match(error.message, /RATE_LIMIT_DEFAULT must be/)
        return true
      },
    )
  })
}

test('RL06 names and a number of hops are no trusted proxies', () => {
  for (const proxies of ['proxy.internal', 'true', '*'])
    assert.throws(() => optionsOf({ TRUSTED_PROXIES: proxies }), /TRUSTED_PROXIES must be addresses or networks/)
  assert.throws(() => optionsOf({ TRUSTED_PROXIES: '1' }), SettingsError)
})
