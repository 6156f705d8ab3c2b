import assert from 'node:assert/strict'
import { test } from 'node:test'

import { resolveSettings } from '../../src/core/settings.ts'
import type { SettingSources } from '../../src/core/settings.ts'

function resolve(sources: Partial<SettingSources>) {
  return resolveSettings({ flags: {}, environment: {}, ...sources })
}

/** The figures of the presets, read from V31 to V33 and H26; times in seconds. */
const DOCUMENTED_PRESETS = {
  small: {
    WORKERS_PER_CORE: 2,
    MAX_WORKERS: 4,
    DATABASE_POOL_SIZE: 5,
    DATABASE_MAX_OVERFLOW: 5,
    CACHE_TTL: 300,
  },
  medium: {
    WORKERS_PER_CORE: 2,
    MAX_WORKERS: 8,
    DATABASE_POOL_SIZE: 10,
    DATABASE_MAX_OVERFLOW: 10,
    CACHE_TTL: 300,
  },
  large: {
    WORKERS_PER_CORE: 2,
    MAX_WORKERS: 16,
    DATABASE_POOL_SIZE: 20,
    DATABASE_MAX_OVERFLOW: 10,
    CACHE_TTL: 600,
  },
  development: { SERVER_PORT: 8_080, CACHE_TYPE: 'memory', CACHE_MAX_SIZE: 1_000, QUEUE_ENABLED: false },
  // 24 h in the document; V11 allows an hour. Its Redis, and that of high-load, is the user's to name.
  production: {
    CACHE_TTL: 3_600,
    QUEUE_ENABLED: true,
    QUEUE_SIZE: 5_000,
    CB_HALF_OPEN_MAX: 200,
    CB_FAILURE_THRESHOLD: 10,
  },
  'high-load': {
    CACHE_MAX_SIZE: 10_000,
    QUEUE_ENABLED: true,
    QUEUE_SIZE: 10_000,
    CB_HALF_OPEN_MAX: 500,
    CB_INTERVAL: 60,
  },
}

/** What the preset for development has beyond its document. */
const OURS_FOR_DEVELOPMENT = {
  WEB_CONCURRENCY: 1,
  GRACEFUL_TIMEOUT: 1,
  RATE_LIMIT_ENABLED: false,
  MAX_REQUESTS: 0,
  ENABLE_METRICS: false,
}

/** Defaults as the documents give them that the server grew from; times in the unit of the setting. */
const DOCUMENTED_DEFAULTS = {
  WEB_CONCURRENCY: 'auto',
  WORKERS_PER_CORE: 1,
  MAX_WORKERS: 10,
  WORKER_TIMEOUT: 120,
  GRACEFUL_TIMEOUT: 30,
  MAX_REQUESTS: 10_000,
  MAX_REQUESTS_JITTER: 1_000,
  KEEP_ALIVE: 75,
  SERVER_HOST: '127.0.0.1',
  SERVER_PORT: 8_000,
  MAX_REQUEST_SIZE: 10_485_760,
  MAX_HEADER_BYTES: 16_384,
  REQUEST_TIMEOUT: 60,
  CACHE_ENABLED: true,
  CACHE_TYPE: 'memory',
  CACHE_TTL: 300,
  CACHE_MAX_SIZE: 1_024,
  CACHE_MAX_BYTES: 67_108_864,
  CACHE_NEGATIVE_TTL: 0,
  CACHE_SWR: 0,
  CACHE_JITTER: 10,
  REDIS_URL: 'redis://localhost:6379/0',
  REDIS_MAX_CONNECTIONS: 20,
  CB_ENABLED: true,
  CB_MODE: 'consecutive',
  CB_FAILURE_THRESHOLD: 5,
  CB_RECOVERY_TIMEOUT: 30,
  CB_HALF_OPEN_MAX: 1,
  CB_INTERVAL: 0,
  RATE_LIMIT_ENABLED: true,
  RATE_LIMIT_DEFAULT: '60/minute',
  RATE_LIMIT_MAX_KEYS: 10_000,
  RATE_LIMIT_IPV6_PREFIX: 64,
  TRUSTED_PROXIES: [],
  UPSTREAM_TIMEOUT: 120,
  UPSTREAM_CONNECT_TIMEOUT: 5,
  UPSTREAM_POOL_MAX: 100,
  UPSTREAM_POOL_KEEPALIVE: 20,
  UPSTREAM_PER_HOST: 30,
  UPSTREAM_MAX_PENDING: 1_024,
  DNS_TTL: 300,
  RETRY_MAX_ATTEMPTS: 3,
  RETRY_BASE: 100,
  RETRY_MAX_DELAY: 5,
  RETRY_BUDGET: 20,
  RETRY_BUDGET_MIN: 3,
  HEALTH_INTERVAL: 15,
  HEALTH_TIMEOUT: 5,
  HEALTH_THRESHOLD: 2,
  GEOCODE_CACHE_SIZE: 1_000,
  QUEUE_ENABLED: false,
  QUEUE_SIZE: 1_000,
  QUEUE_CONCURRENCY: 'auto',
  QUEUE_TIMEOUT: 5,
  QUEUE_SAVE_INTERVAL: 30,
  COMPRESSION: true,
  COMPRESSION_MIN: 1_000,
  COMPRESSION_LEVEL: 6,
  ENABLE_METRICS: true,
  METRICS_PORT: 9_090,
  DATABASE_POOL_SIZE: 5,
  DATABASE_MAX_OVERFLOW: 10,
  POOL_RECYCLE: 3_600,
  POOL_TIMEOUT: 30,
  LOG_LEVEL: 'info',
}

test('CF01 a setting that nobody gives has its documented default', () => {
  const settings = resolve({})
  for (const [name, expected] of Object.entries(DOCUMENTED_DEFAULTS)) {
    assert.deepEqual([settings.get(name)?.value, settings.get(name)?.origin], [expected, 'default'], name)
  }
})

/** Ranges as the documents give them, the ends included. */
const DOCUMENTED_RANGES: readonly (readonly [name: string, least: number, most: number])[] = [
  ['WORKERS_PER_CORE', 1, 4],
  ['MAX_WORKERS', 1, 100],
  ['KEEP_ALIVE', 0, 300],
  ['REQUEST_TIMEOUT', 10, 300],
  ['CACHE_TTL', 60, 3_600],
  ['METRICS_PORT', 1_024, 65_535],
  ['DATABASE_POOL_SIZE', 1, 20],
  ['DATABASE_MAX_OVERFLOW', 0, 20],
  ['RETRY_MAX_ATTEMPTS', 1, 5],
]

for (const [name, least, most] of DOCUMENTED_RANGES) {
  test(`CF02 ${name} is allowed from ${least} to ${most} and no further`, () => {
    for (const value of [least, most])
      assert.equal(resolve({ flags: { [name]: String(value) } }).get(name)?.value, value)
    for (const value of [least - 1, most + 1]) {
      assert.throws(() => resolve({ flags: { [name]: String(value) } }), new RegExp(`${name} must be`))
    }
  })
}

/** Names of the documents for what has another name here, and a value in the unit of the document. */
const DOCUMENTED_ALIASES: readonly (readonly [alias: string, value: string, name: string, expected: number])[] = [
  ['WORKERS', '4', 'WEB_CONCURRENCY', 4],
  ['GUNICORN_WORKERS', '8', 'WEB_CONCURRENCY', 8],
  ['GUNICORN_THREADS', '2', 'CPU_THREADS', 2],
  ['TIMEOUT', '240', 'WORKER_TIMEOUT', 240],
  ['KEEPALIVE', '65', 'KEEP_ALIVE', 65],
  ['POOL_SIZE', '10', 'DATABASE_POOL_SIZE', 10],
  ['MAX_OVERFLOW', '5', 'DATABASE_MAX_OVERFLOW', 5],
  ['LLM_TIMEOUT', '120000', 'UPSTREAM_TIMEOUT', 120],
]

for (const [alias, value, name, expected] of DOCUMENTED_ALIASES) {
  test(`CF01 ${alias}=${value} of the documents is ${name}=${expected}`, () => {
    assert.equal(resolve({ environment: { [alias]: value } }).get(name)?.value, expected)
  })
}

for (const [preset, figures] of Object.entries(DOCUMENTED_PRESETS)) {
  test(`CF04 the preset ${preset} has the figures of its document`, () => {
    const settings = [...resolve({ preset }).values()].filter(({ origin }) => origin === 'preset')
    const found = Object.fromEntries(settings.map(({ definition, value }) => [definition.name, value]))
    assert.deepEqual(found, { ...figures, ...(preset === 'development' && OURS_FOR_DEVELOPMENT) })
  })
}

test('V02 the quick start of the documents is taken as it stands', () => {
  const environment = {
    WORKERS_PER_CORE: '2',
    MAX_WORKERS: '8',
    DATABASE_POOL_SIZE: '10',
    DATABASE_MAX_OVERFLOW: '5',
    CACHE_TTL: '300',
    REDIS_URL: 'redis://localhost:6379/0',
    KEEPALIVE: '5',
    MAX_REQUEST_SIZE: '10485760',
    REQUEST_TIMEOUT: '60',
  }
  const settings = resolve({ environment })
  const names = Object.keys(environment).map((name) => (name === 'KEEPALIVE' ? 'KEEP_ALIVE' : name))
  const found = names.map((name) => [settings.get(name)?.value, settings.get(name)?.origin])
  assert.deepEqual(
    found,
    Object.values(environment).map((text) => [text.startsWith('redis') ? text : Number(text), 'environment']),
  )
})
