import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SettingsError } from '../../src/core/errors.ts'
import { resolveSettings } from '../../src/core/settings.ts'
import { SETTINGS } from '../../src/core/settings-table.ts'
import { serverOptions } from '../../src/server/options.ts'
import type { ServerOptions } from '../../src/server/options.ts'

function optionsOf(flags: Readonly<Record<string, string>>, effectiveCpus = 2): ServerOptions {
  return serverOptions(resolveSettings({ flags, environment: {} }), effectiveCpus)
}

/** For each setting a value that is not its default, and what else must be set for it to count. */
const CHANGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  WEB_CONCURRENCY: { WEB_CONCURRENCY: '7' },
  WORKERS_POLICY: { WORKERS_POLICY: 'gunicorn' },
  WORKERS_PER_CORE: { WORKERS_PER_CORE: '3' },
  MAX_WORKERS: { WORKERS_POLICY: 'per-core', MAX_WORKERS: '1' },
  SERVER_HOST: { SERVER_HOST: '0.0.0.0' },
  REUSE_PORT: { REUSE_PORT: 'true' },
  CACHE_ENABLED: { CACHE_ENABLED: 'false' },
  CB_ENABLED: { CB_ENABLED: 'false' },
  RATE_LIMIT_ENABLED: { RATE_LIMIT_ENABLED: 'false' },
  RATE_LIMIT_DEFAULT: { RATE_LIMIT_DEFAULT: '7/second' },
  UPSTREAMS: { UPSTREAMS: 'a=http://localhost:1' },
  DATABASE_URL: { DATABASE_URL: 'sqlite:/tmp/tasks.db' },
  QUEUE_ENABLED: { QUEUE_ENABLED: 'true' },
  QUEUE_SIZE: { QUEUE_ENABLED: 'true', QUEUE_SIZE: '3' },
  QUEUE_CONCURRENCY: { QUEUE_ENABLED: 'true', QUEUE_CONCURRENCY: '3' },
  QUEUE_TIMEOUT: { QUEUE_ENABLED: 'true', QUEUE_TIMEOUT: '3' },
  COMPRESSION: { COMPRESSION: 'false' },
  ENABLE_METRICS: { ENABLE_METRICS: 'false' },
  METRICS_HOST: { METRICS_HOST: '0.0.0.0' },
  METRICS_TOKEN: { METRICS_TOKEN: 'long-enough' },
  LOG_LEVEL: { LOG_LEVEL: 'debug' },
  CPU_QUEUE_SIZE: { CPU_THREADS: '1', CPU_QUEUE_SIZE: '3' },
  CPU_TASK_TIMEOUT: { CPU_THREADS: '1', CPU_TASK_TIMEOUT: '3' },
}

for (const definition of SETTINGS) {
  test(`${definition.name} changes what the server is started with`, () => {
    const change = CHANGES[definition.name] ?? {
      [definition.name]: String('max' in definition ? definition.max : assert.fail('no change is known')),
    }
    const { [definition.name]: _changed, ...others } = change
    assert.notDeepEqual(optionsOf(change), optionsOf(others))
  })
}

test('times are milliseconds whatever the unit of the setting', () => {
  const { cache, upstream, requestTimeoutMs } = optionsOf({ CACHE_TTL: '60', RETRY_BASE: '60', REQUEST_TIMEOUT: '2m' })
  assert.deepEqual([cache?.ttlMs, upstream.retryBaseMs, requestTimeoutMs], [60_000, 60, 120_000])
})

test('a rate limit becomes a rate and a burst of the same count', () => {
  const { rateLimit } = optionsOf({ RATE_LIMIT_DEFAULT: '120/minute' })
  assert.deepEqual([rateLimit?.ratePerS, rateLimit?.burst], [2, 120])
})

test('automatic workers follow the CPUs that the server can use', () => {
  assert.deepEqual([optionsOf({}, 3.7).workers, optionsOf({}, 0.5).workers], [3, 1])
})

test('setting the workers per core implies their policy, unless another is named', () => {
  assert.equal(optionsOf({ WORKERS_PER_CORE: '3' }, 2).workers, 6)
  assert.equal(optionsOf({ WORKERS_PER_CORE: '3', WORKERS_POLICY: 'per-cpu' }, 2).workers, 2)
})

test('upstreams keep their order and must differ in name', () => {
  const { addresses } = optionsOf({ UPSTREAMS: 'b=http://h:1,a=https://h:2/v1' }).upstream
  assert.deepEqual(addresses, [
    { name: 'b', url: 'http://h:1' },
    { name: 'a', url: 'https://h:2/v1' },
  ])
  assert.throws(() => optionsOf({ UPSTREAMS: 'a=http://h:1,a=http://h:2' }), SettingsError)
  assert.throws(() => optionsOf({ UPSTREAMS: 'a=http://h:99999' }), SettingsError)
})
