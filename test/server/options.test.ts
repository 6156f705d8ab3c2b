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
  CACHE_ROUTE_TTL: { CACHE_ROUTE_TTL: '/a=long' },
  CACHE_TYPE: { CACHE_TYPE: 'file', CACHE_DIR: '/tmp/a' },
  CACHE_DIR: { CACHE_TYPE: 'file', CACHE_DIR: '/tmp/a' },
  CACHE_DIR_MAX_BYTES: { CACHE_TYPE: 'file', CACHE_DIR: '/tmp/a', CACHE_DIR_MAX_BYTES: '2mb' },
  CACHE_L2_TIMEOUT: { CACHE_TYPE: 'redis', CACHE_L2_TIMEOUT: '10' },
  REDIS_URL: { CACHE_TYPE: 'redis', REDIS_URL: 'redis://h:1/2' },
  REDIS_MAX_CONNECTIONS: { CACHE_TYPE: 'redis', REDIS_MAX_CONNECTIONS: '3' },
  CB_ENABLED: { CB_ENABLED: 'false' },
  CB_MODE: { CB_MODE: 'window' },
  CB_WINDOW_CALLS: { CB_MODE: 'window', CB_WINDOW_CALLS: '7' },
  CB_WINDOW_TIME: { CB_MODE: 'window', CB_WINDOW_TIME: '7' },
  CB_MIN_CALLS: { CB_MODE: 'window', CB_MIN_CALLS: '7' },
  CB_FAILURE_RATE: { CB_MODE: 'window', CB_FAILURE_RATE: '7' },
  CB_SLOW_CALL_RATE: { CB_MODE: 'window', CB_SLOW_CALL_RATE: '7' },
  CB_SLOW_CALL_TIME: { CB_MODE: 'window', CB_SLOW_CALL_TIME: '7' },
  RATE_LIMIT_ENABLED: { RATE_LIMIT_ENABLED: 'false' },
  RATE_LIMIT_DEFAULT: { RATE_LIMIT_DEFAULT: '7/second' },
  TRUSTED_PROXIES: { TRUSTED_PROXIES: '10.0.0.0/8' },
  PROVIDER_PREFERENCE: { PROVIDER_PREFERENCE: 'secondary' },
  DEGRADED_ANSWERS: { DEGRADED_ANSWERS: 'true' },
  UPSTREAMS: { UPSTREAMS: 'a=http://localhost:1' },
  DATABASE_URL: { DATABASE_URL: 'sqlite:/tmp/tasks.db' },
  QUEUE_ENABLED: { QUEUE_ENABLED: 'true' },
  QUEUE_SIZE: { QUEUE_ENABLED: 'true', QUEUE_SIZE: '3' },
  QUEUE_CONCURRENCY: { QUEUE_ENABLED: 'true', QUEUE_CONCURRENCY: '3' },
  QUEUE_TIMEOUT: { QUEUE_ENABLED: 'true', QUEUE_TIMEOUT: '3' },
  QUEUE_ADAPTIVE: { QUEUE_ENABLED: 'true', QUEUE_ADAPTIVE: 'true' },
  QUEUE_NEWEST_FIRST_AFTER: { QUEUE_ENABLED: 'true', QUEUE_NEWEST_FIRST_AFTER: '300' },
  QUEUE_STATE_PATH: { QUEUE_ENABLED: 'true', QUEUE_STATE_PATH: '/tmp/queue.json' },
  QUEUE_SAVE_INTERVAL: { QUEUE_ENABLED: 'true', QUEUE_STATE_PATH: '/tmp/queue.json', QUEUE_SAVE_INTERVAL: '3' },
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
    const { [definition.name]: _changed, ...rest } = change
    // Without it there would be no start at all.
    const others = definition.name === 'CACHE_DIR' ? { ...rest, CACHE_DIR: '/tmp/b' } : rest
    assert.notDeepEqual(optionsOf(change), optionsOf(others))
  })
}

test('times are milliseconds whatever the unit of the setting', () => {
  const { cache, upstream, requestTimeoutMs } = optionsOf({ CACHE_TTL: '60', RETRY_BASE: '60', REQUEST_TIMEOUT: '2m' })
  assert.deepEqual([cache?.ttlMs, upstream.retryBaseMs, requestTimeoutMs], [60_000, 60, 120_000])
})

test('automatic workers follow the CPUs that the server can use', () => {
  assert.deepEqual([optionsOf({}, 3.7).workers, optionsOf({}, 0.5).workers], [3, 1])
})

test('setting the workers per core implies their policy, unless another is named', () => {
  assert.equal(optionsOf({ WORKERS_PER_CORE: '3' }, 2).workers, 6)
  assert.equal(optionsOf({ WORKERS_PER_CORE: '3', WORKERS_POLICY: 'per-cpu' }, 2).workers, 2)
})

test('an automatic concurrency of the queue is the size of the pool that its requests would wait for', () => {
  const concurrencyOf = (flags: Readonly<Record<string, string>>): number | undefined =>
    optionsOf({ QUEUE_ENABLED: 'true', ...flags }).queue?.concurrency
  assert.equal(concurrencyOf({ UPSTREAM_POOL_MAX: '7' }), 7)
  assert.equal(concurrencyOf({ UPSTREAM_POOL_MAX: '7', QUEUE_CONCURRENCY: '3' }), 3)
})

test('limits of pressure are shares, and 0 switches each of them off', () => {
  assert.equal(optionsOf({}).pressure, null)
  assert.deepEqual(optionsOf({ PRESSURE_MAX_LOOP: '90' }).pressure, { loopFraction: 0.9, memoryFraction: 0 })
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

test('an address of an upstream that would not work as it is written is refused, without its password', () => {
  for (const [address, problem] of [
    ['https://u:50%off@h', /"a" has a % in its user or password/],
    ['https://:secret@h', /"a" has a password without a user/],
    ['https://h/v1?key=secret', /"a" must not have a query/],
  ] as const) {
    assert.throws(
      () => optionsOf({ UPSTREAMS: `a=${address}` }),
      (error) => error instanceof SettingsError && problem.test(error.message) && !/secret|50/.test(error.message),
    )
  }
})

test('only upstreams that there are can be preferred, each once; the simulated ones by their names', () => {
  const upstreams = { UPSTREAMS: 'a=http://h:1,b=http://h:2' }
  assert.deepEqual(optionsOf({ ...upstreams, PROVIDER_PREFERENCE: 'b' }).upstream.preference, ['b'])
  assert.deepEqual(optionsOf({ PROVIDER_PREFERENCE: 'secondary' }).upstream.preference, ['secondary'])
  assert.throws(() => optionsOf({ ...upstreams, PROVIDER_PREFERENCE: 'primary' }), /there is no upstream "primary"/)
  assert.throws(() => optionsOf({ ...upstreams, PROVIDER_PREFERENCE: 'b,b' }), /names "b" twice/)
})

test('health checks can be switched off, and the retry budget is a share of the requests', () => {
  assert.equal(optionsOf({ HEALTH_INTERVAL: '0' }).upstream.health, null)
  assert.deepEqual(optionsOf({}).upstream.health, { intervalMs: 15_000, timeoutMs: 5_000, threshold: 2 })
  const { retryFraction, minRetries } = optionsOf({ RETRY_BUDGET: '35' }).upstream
  assert.deepEqual([retryFraction, minRetries], [0.35, 3])
})

test('the time for an upstream call may be given in milliseconds under the name that a document has for it', () => {
  const { upstream } = serverOptions(resolveSettings({ flags: {}, environment: { LLM_TIMEOUT: '90000' } }), 2)
  assert.equal(upstream.timeoutMs, 90_000)
})
