import type { Milliseconds } from '../../core/clock.ts'
import type { SettingReader } from '../setting-reader.ts'

/** The response cache of one worker. */
export interface CacheOptions {
  readonly ttlMs: Milliseconds
  readonly maxEntries: number
  readonly maxBytes: number
}

/** @returns null when the cache is switched off */
export function cacheOptions(read: SettingReader): CacheOptions | null {
  if (!read.isOn('CACHE_ENABLED')) return null
  return {
    ttlMs: read.ms('CACHE_TTL'),
    maxEntries: read.number('CACHE_MAX_SIZE'),
    maxBytes: read.number('CACHE_MAX_BYTES'),
  }
}
