import type { Milliseconds } from '../../core/clock.ts'
import { SettingsError } from '../../core/errors.ts'
import type { SettingReader } from '../setting-reader.ts'

/** The response cache of one worker. */
export interface CacheOptions {
  /** Part of every key. */
  readonly generation: number
  readonly ttlMs: Milliseconds
  /** By path, instead of `ttlMs` and of what a route asks for. */
  readonly routeTtlMs: Readonly<Record<string, Milliseconds>>
  /** Of a TTL, 0 to 1. */
  readonly jitterFraction: number
  readonly negativeTtlMs: Milliseconds
  readonly staleWhileRevalidateMs: Milliseconds
  readonly staleIfErrorMs: Milliseconds
  readonly maxEntries: number
  readonly maxBytes: number
  readonly maxWaiters: number
  /** Null: there is only the memory of the worker. */
  readonly shared: SharedCacheOptions | null
}

/** Where answers are kept for all workers, and how long anybody waits for that. */
export type SharedCacheOptions = { readonly timeoutMs: Milliseconds } & SharedCachePlace

type SharedCachePlace =
  | {
      readonly kind: 'file'
      /** Absolute; an empty one is refused at the start. */ readonly directory: string
      readonly maxBytes: number
    }
  | { readonly kind: 'redis'; readonly url: string; readonly maxConnections: number }

/**
 * How long kinds of data are good for: limits and sessions, answers of an API, configuration.
 *
 * @see docs of the source systems: 300, 900 and 3600 s by type of data
 */
export const CACHE_TIERS_MS = { short: 300_000, medium: 900_000, long: 3_600_000 } as const
/** One of CACHE_TIERS_MS. */
export type CacheTier = keyof typeof CACHE_TIERS_MS

/**
 * @returns null when the cache is switched off
 * @throws {SettingsError} when REDIS_URL is none
 */
export function cacheOptions(read: SettingReader): CacheOptions | null {
  if (!read.isOn('CACHE_ENABLED')) return null
  return {
    generation: read.number('CACHE_GENERATION'),
    ttlMs: read.ms('CACHE_TTL'),
    routeTtlMs: Object.fromEntries(read.list('CACHE_ROUTE_TTL').map(routeTtl)),
    jitterFraction: read.number('CACHE_JITTER') / 100,
    negativeTtlMs: read.ms('CACHE_NEGATIVE_TTL'),
    staleWhileRevalidateMs: read.ms('CACHE_SWR'),
    staleIfErrorMs: read.ms('CACHE_STALE_IF_ERROR'),
    maxEntries: read.number('CACHE_MAX_SIZE'),
    maxBytes: read.number('CACHE_MAX_BYTES'),
    maxWaiters: read.number('CACHE_MAX_WAITERS'),
    shared: sharedOptions(read),
  }
}

function routeTtl(entry: string): readonly [path: string, ttlMs: Milliseconds] {
  const [path = '', time = ''] = entry.split('=')
  return [path, isTier(time) ? CACHE_TIERS_MS[time] : Number(time) * 1_000]
}

function isTier(name: string): name is CacheTier {
  return Object.hasOwn(CACHE_TIERS_MS, name)
}

function sharedOptions(read: SettingReader): SharedCacheOptions | null {
  const timeoutMs = read.number('CACHE_L2_TIMEOUT')
  switch (read.text('CACHE_TYPE')) {
    case 'file':
      return {
        kind: 'file',
        directory: read.text('CACHE_DIR'),
        maxBytes: read.number('CACHE_DIR_MAX_BYTES'),
        timeoutMs,
      }
    case 'redis': {
      const url = read.text('REDIS_URL')
      if (!URL.canParse(url)) {
        throw new SettingsError('REDIS_URL is not a URL', {
          hint: 'write redis://user:password@host:port/database, special characters of the password as %XX',
        })
      }
      return { kind: 'redis', url, maxConnections: read.number('REDIS_MAX_CONNECTIONS'), timeoutMs }
    }
    default:
      return null
  }
}
