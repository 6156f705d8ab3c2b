import type { SettingDefinition } from './setting-definition.ts'
import { BREAKER_SETTINGS } from './settings/breaker.ts'
import { CACHE_SETTINGS } from './settings/cache.ts'
import { COMPRESSION_SETTINGS } from './settings/compression.ts'
import { CPU_THREAD_SETTINGS } from './settings/cpu-threads.ts'
import { DATABASE_SETTINGS } from './settings/database.ts'
import { HTTP_SETTINGS } from './settings/http.ts'
import { OBSERVABILITY_SETTINGS } from './settings/observability.ts'
import { QUEUE_SETTINGS } from './settings/queue.ts'
import { RATE_LIMIT_SETTINGS } from './settings/rate-limit.ts'
import { UPSTREAM_SETTINGS } from './settings/upstream.ts'
import { WORKERS_SETTINGS } from './settings/workers.ts'

/** Every setting of the bundled server; sizes of pools, queues and caches are per worker. */
export const SETTINGS: readonly SettingDefinition[] = [
  ...WORKERS_SETTINGS,
  ...HTTP_SETTINGS,
  ...CACHE_SETTINGS,
  ...BREAKER_SETTINGS,
  ...RATE_LIMIT_SETTINGS,
  ...UPSTREAM_SETTINGS,
  ...QUEUE_SETTINGS,
  ...COMPRESSION_SETTINGS,
  ...DATABASE_SETTINGS,
  ...OBSERVABILITY_SETTINGS,
  ...CPU_THREAD_SETTINGS,
]
