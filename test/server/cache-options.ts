import type { CacheOptions } from '../../src/server/options/cache.ts'

/** Memory alone, and TTLs that are exactly as long as they say. */
export const CACHE: CacheOptions = {
  generation: 0,
  ttlMs: 60_000,
  routeTtlMs: {},
  jitterFraction: 0,
  negativeTtlMs: 0,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  maxEntries: 100,
  maxBytes: 1_000_000,
  maxWaiters: 1_000,
  shared: null,
}
