import type { SettingValue } from './setting-definition.ts'

/** Settings that belong together, by name; anything a user says goes before them. */
export const PRESETS: Readonly<Record<string, Readonly<Record<string, SettingValue>>>> = {
  /** Off is what would be measured too: one client would be limited, workers replaced, requests logged. It stops at once. */
  bench: { RATE_LIMIT_ENABLED: false, MAX_REQUESTS: 0, GRACEFUL_TIMEOUT: 1, ENABLE_METRICS: false, LOG_LEVEL: 'off' },
  /** One worker that stops at once, for a person at a terminal. */
  development: {
    WEB_CONCURRENCY: 1,
    GRACEFUL_TIMEOUT: 1,
    RATE_LIMIT_ENABLED: false,
    MAX_REQUESTS: 0,
    ENABLE_METRICS: false,
  },
  /** Bursts wait instead of failing, and a circuit needs more evidence to open. */
  production: { QUEUE_ENABLED: true, QUEUE_SIZE: 5_000, CB_FAILURE_THRESHOLD: 10 },
}
