import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SettingsError } from '../../src/core/errors.ts'
import { PRESETS } from '../../src/core/settings-presets.ts'
import { settingWarnings } from '../../src/core/settings-checks.ts'
import { resolveSettings } from '../../src/core/settings.ts'

function warningsOf(flags: Readonly<Record<string, string>>, workers = 2, preset?: string): readonly string[] {
  return settingWarnings(resolveSettings({ flags, environment: {}, preset }), workers)
}

for (const preset of [undefined, ...Object.keys(PRESETS)]) {
  test(`CF03 nothing is said of ${preset === undefined ? 'the defaults' : `the preset ${preset}`}`, () => {
    assert.deepEqual(warningsOf({}, 16, preset), [])
  })
}

const ONE_ADDRESS: readonly Readonly<Record<string, string>>[] = [
  { SERVER_PORT: '9090' },
  { METRICS_PORT: '8000' },
  { SERVER_PORT: '9090', SERVER_HOST: '0.0.0.0' },
  { SERVER_PORT: '9090', METRICS_HOST: '::' },
]

for (const flags of ONE_ADDRESS) {
  test(`CF03 ${JSON.stringify(flags)} cannot start: one port for requests and metrics`, () => {
    assert.throws(
      () => warningsOf(flags),
      (error) => error instanceof SettingsError && /METRICS_PORT and SERVER_PORT are both \d+/.test(error.message),
    )
  })
}

test('CF03 cached answers on disk need a directory, while there is a cache', () => {
  assert.throws(() => warningsOf({ CACHE_TYPE: 'file' }), /CACHE_TYPE is file, and CACHE_DIR does not say where/)
  assert.doesNotThrow(() => warningsOf({ CACHE_TYPE: 'file', CACHE_ENABLED: 'false' }))
  assert.doesNotThrow(() => warningsOf({ CACHE_TYPE: 'file', CACHE_DIR: '/var/cache/tune' }))
})

const TWO_ADDRESSES: readonly Readonly<Record<string, string>>[] = [
  { SERVER_PORT: '9090', ENABLE_METRICS: 'false' },
  { SERVER_PORT: '9090', SERVER_HOST: '127.0.0.2' },
  { SERVER_PORT: '0' },
]

for (const flags of TWO_ADDRESSES) {
  test(`CF03 ${JSON.stringify(flags)} can start`, () => assert.doesNotThrow(() => warningsOf(flags)))
}

/** Settings that work and are hardly meant, and what is said; an empty text: nothing. */
const HARDLY_MEANT: readonly (readonly [Readonly<Record<string, string>>, RegExp | ''])[] = [
  [{ KEEP_ALIVE: '5' }, /KEEP_ALIVE \(5 s\) is below 65 s: behind a load balancer .* 60 s/],
  [{ KEEP_ALIVE: '64' }, /KEEP_ALIVE/],
  [{ KEEP_ALIVE: '65' }, ''],
  [{ KEEP_ALIVE: '0' }, ''],
  [{ REQUEST_TIMEOUT: '30' }, /UPSTREAM_TIMEOUT \(120 s\) is longer than REQUEST_TIMEOUT \(30 s\): the deadline/],
  [{ UPSTREAM_TIMEOUT: '61' }, /UPSTREAM_TIMEOUT \(61 s\) is longer than REQUEST_TIMEOUT \(60 s\)/],
  [{ UPSTREAM_TIMEOUT: '60' }, ''],
  [{ UPSTREAM_TIMEOUT: '3', UPSTREAM_CONNECT_TIMEOUT: '4' }, /UPSTREAM_CONNECT_TIMEOUT \(4 s\) is longer/],
  [{ UPSTREAM_TIMEOUT: '3' }, ''],
  [{ QUEUE_ENABLED: 'true', QUEUE_TIMEOUT: '61' }, /QUEUE_TIMEOUT \(61 s\) is longer than REQUEST_TIMEOUT/],
  [{ QUEUE_ENABLED: 'true', QUEUE_TIMEOUT: '60' }, ''],
  [{ CPU_THREADS: '1', CPU_TASK_TIMEOUT: '61' }, /CPU_TASK_TIMEOUT \(61 s\) is longer than REQUEST_TIMEOUT/],
  [{ RETRY_BASE: '2s', RETRY_MAX_DELAY: '1s' }, /RETRY_BASE \(2 s\) is longer than RETRY_MAX_DELAY \(1 s\)/],
  [{ QUEUE_SIZE: '5' }, /QUEUE_SIZE has no effect while QUEUE_ENABLED is false/],
  [{ QUEUE_SIZE: '5', QUEUE_ENABLED: 'true' }, ''],
  [{ CACHE_ENABLED: 'false', CACHE_TTL: '60' }, /CACHE_TTL has no effect while CACHE_ENABLED is false/],
  [{ CPU_QUEUE_SIZE: '5' }, /CPU_QUEUE_SIZE has no effect while CPU_THREADS is 0/],
  [{ COMPRESSION: 'off', COMPRESSION_LEVEL: '1' }, /COMPRESSION_LEVEL has no effect while COMPRESSION is false/],
  [{ CB_MIN_CALLS: '5' }, /CB_MIN_CALLS has no effect while CB_MODE is consecutive/],
  [{ CB_MODE: 'window', CB_MIN_CALLS: '5' }, ''],
  [{ CB_MIN_CALLS: '5', CB_ENABLED: 'no' }, /CB_MIN_CALLS has no effect while CB_ENABLED is false/],
  [{ CACHE_DIR_MAX_BYTES: '1gb' }, /CACHE_DIR_MAX_BYTES has no effect while CACHE_TYPE is memory/],
  [{ CACHE_TYPE: 'redis', CACHE_L2_TIMEOUT: '20' }, ''],
  [{ QUEUE_SAVE_INTERVAL: '5' }, /QUEUE_SAVE_INTERVAL has no effect while QUEUE_STATE_PATH is empty/],
  [{ HEALTH_INTERVAL: '0', HEALTH_TIMEOUT: '9' }, /HEALTH_TIMEOUT has no effect while HEALTH_INTERVAL is 0/],
  [{ HEALTH_INTERVAL: '3' }, /HEALTH_TIMEOUT \(5 s\) is longer than HEALTH_INTERVAL \(3 s\)/],
  [{ RETRY_MAX_DELAY: '0' }, ''],
  [{ WEB_CONCURRENCY: '4', MAX_WORKERS: '4' }, /MAX_WORKERS has no effect: WEB_CONCURRENCY says/],
  [{ WORKERS_PER_CORE: '2', MAX_WORKERS: '4' }, ''],
]

for (const [flags, expected] of HARDLY_MEANT) {
  test(`CF03 ${JSON.stringify(flags)} ${expected === '' ? 'needs no warning' : 'is warned of'}`, () => {
    const warnings = warningsOf(flags)
    if (expected === '') assert.deepEqual(warnings, [])
    else {
      assert.equal(warnings.length, 1, warnings.join('\n'))
      assert.match(warnings[0] ?? '', expected)
    }
  })
}

test('CF03 more connections than PostgreSQL allows when nobody has changed it are warned of', () => {
  const flags = {
    DATABASE_URL: 'postgres://user:word@host/base',
    DATABASE_POOL_SIZE: '14',
    DATABASE_MAX_OVERFLOW: '10',
  }
  assert.deepEqual(warningsOf(flags, 4), [], '4 × 24 = 96')
  const [warning = ''] = warningsOf(flags, 5)
  assert.match(warning, /5 workers × 24 connections .* are 120, and PostgreSQL allows 97/)
  assert.doesNotMatch(warning, /word/)
  assert.deepEqual(warningsOf({ ...flags, DATABASE_URL: 'sqlite:/tmp/tasks.db' }, 5), [])
})

test('CF03 what a preset brings along is not said to have no effect', () => {
  assert.deepEqual(warningsOf({ WEB_CONCURRENCY: '3' }, 3, 'large'), [])
  assert.deepEqual(warningsOf({ QUEUE_ENABLED: 'false' }, 3, 'production'), [])
})
