import type { SettingValue } from './setting-definition.ts'

/**
 * Settings that belong together, by name; anything a user says goes before them.
 *
 * `small`, `medium`, `large` and `development`, `production`, `high-load` have the figures of the two documents that name
 * them. Left out of those: HTTP/3 and its port 443 (there is no HTTP/3 yet), and the path of the queue's state (a place on
 * the disk is for the user to name: QUEUE_STATE_PATH), and Redis for production and high-load, which a preset cannot bring
 * with it (CACHE_TYPE=redis, REDIS_URL).
 */
export const PRESETS: Readonly<Record<string, Readonly<Record<string, SettingValue>>>> = {
  /** Off is what would be measured too: one client would be limited, workers replaced, requests logged. It stops at once. */
  bench: { RATE_LIMIT_ENABLED: false, MAX_REQUESTS: 0, GRACEFUL_TIMEOUT: 1, ENABLE_METRICS: false, LOG_LEVEL: 'off' },
  /** 2 CPUs and 4 GB. */
  small: {
    WORKERS_PER_CORE: 2,
    MAX_WORKERS: 4,
    DATABASE_POOL_SIZE: 5,
    DATABASE_MAX_OVERFLOW: 5,
    CACHE_TTL: 300,
  },
  /** 4 CPUs and 8 GB. The quick start of the same document has an overflow of 5, and otherwise defaults. */
  medium: {
    WORKERS_PER_CORE: 2,
    MAX_WORKERS: 8,
    DATABASE_POOL_SIZE: 10,
    DATABASE_MAX_OVERFLOW: 10,
    CACHE_TTL: 300,
  },
  /** 8 CPUs and 16 GB. */
  large: {
    WORKERS_PER_CORE: 2,
    MAX_WORKERS: 16,
    DATABASE_POOL_SIZE: 20,
    DATABASE_MAX_OVERFLOW: 10,
    CACHE_TTL: 600,
  },
  /** The document's port, cache and queue; beyond it one worker that stops at once and limits nobody, for a person at a terminal. */
  development: {
    SERVER_PORT: 8_080,
    CACHE_TYPE: 'memory',
    CACHE_MAX_SIZE: 1_000,
    QUEUE_ENABLED: false,
    WEB_CONCURRENCY: 1,
    GRACEFUL_TIMEOUT: 1,
    RATE_LIMIT_ENABLED: false,
    MAX_REQUESTS: 0,
    ENABLE_METRICS: false,
  },
  /** Answers outlive their worker, bursts wait, and a circuit needs more evidence. Their TTL of 24 h is beyond our hour. */
  production: {
    CACHE_TTL: 3_600,
    QUEUE_ENABLED: true,
    QUEUE_SIZE: 5_000,
    CB_HALF_OPEN_MAX: 200,
    CB_FAILURE_THRESHOLD: 10,
  },
  /** Longer lines, more answers kept, and failures in a row counted for longer. */
  'high-load': {
    CACHE_MAX_SIZE: 10_000,
    QUEUE_ENABLED: true,
    QUEUE_SIZE: 10_000,
    CB_HALF_OPEN_MAX: 500,
    CB_INTERVAL: 60,
  },
}
