import { MEBIBYTE, boolean, bytes, integer, seconds } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** The response cache. */
export const CACHE_SETTINGS: readonly SettingDefinition[] = [
  boolean('CACHE_ENABLED', true, 'responses of cacheable routes are kept'),
  seconds('CACHE_TTL', [300, 60, 3_600], 'time a cached response is served'),
  integer('CACHE_MAX_SIZE', [1_024, 1, 1_000_000], 'cached responses'),
  bytes('CACHE_MAX_BYTES', [64 * MEBIBYTE, MEBIBYTE, 16_384 * MEBIBYTE], 'bytes of all cached responses'),
]
