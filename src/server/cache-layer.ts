import { randomUUID } from 'node:crypto'

import type { Clock, Milliseconds } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import { DEFAULT_SWEEP_MS } from '../resilience/deadline.ts'
import type { DeadlineSweep } from '../resilience/deadline.ts'
import { ResponseCache } from '../resilience/response-cache.ts'
import type { CacheStore } from './cache-stores/cache-store.ts'
import { FileStore } from './cache-stores/file-store.ts'
import { RedisStore } from './cache-stores/redis-store.ts'
import { LEASE_MS, SharedCache } from './cache-stores/shared-cache.ts'
import type { StoredAnswer } from './cache-stores/stored-answer.ts'
import type { CacheFigures } from './messages.ts'
import { ResponseCaching, storedAnswerTraits } from './middleware/cache.ts'
import { conditional } from './middleware/conditional.ts'
import type { CacheOptions, SharedCacheOptions } from './options/cache.ts'
import type { Middleware } from './pipeline.ts'

/** What the cache gets from its process. */
export interface CacheLayerParts {
  readonly clock: Clock
  readonly random: Random
  readonly sweep: DeadlineSweep
  /** After so long nobody waits for an answer any more. */
  readonly requestTimeoutMs: Milliseconds
  /** Reads the body of a request whose key it is part of. */
  readonly readBody: Middleware
  /** Gets what has gone wrong where no request shows it. */
  readonly onError: (error: unknown) => void
}

/** Calls are given up so long before their requests: a stale answer must be there in time, and both are noticed late. */
const GIVE_UP_EARLY_MS: Milliseconds = 3 * DEFAULT_SWEEP_MS

/** The cache of one process. */
export interface CacheLayer {
  /** Answers clients that have the answer already; outside everything that changes answers. */
  readonly conditional: Middleware
  readonly middleware: Middleware
  readonly figures: () => CacheFigures
  readonly close: () => Promise<void>
}

/** @throws {RangeError} naming every option out of range */
export function createCacheLayer(options: CacheOptions, parts: CacheLayerParts): CacheLayer {
  const { clock, sweep, requestTimeoutMs, readBody } = parts
  const timeoutMs = Math.max(requestTimeoutMs - GIVE_UP_EARLY_MS, requestTimeoutMs / 2)
  const memory = new ResponseCache({ ...options, timeoutMs }, storedAnswerTraits(clock), clock, sweep)
  const shared = options.shared === null ? null : sharedCacheOf(options.shared, parts)
  const caching = new ResponseCaching(options, { ...parts, memory, shared })
  return {
    conditional,
    middleware: (context, next) => {
      const isByBody = context.route.cacheInput === 'body' && context.route.isCacheable === true
      if (!isByBody) return caching.middleware(context, next)
      return readBody(context, (read) => {
        read.isBodyRead = true
        return caching.middleware(read, next)
      })
    },
    figures: () => figuresOf(memory, caching, shared),
    close: async () => shared?.close(),
  }
}

function sharedCacheOf(options: SharedCacheOptions, { clock, onError }: CacheLayerParts): SharedCache {
  const limits = { timeoutMs: options.timeoutMs, leaseMs: LEASE_MS }
  return new SharedCache(storeOf(options), limits, { clock, onOutage: onError, processName: randomUUID() })
}

function storeOf(options: SharedCacheOptions): CacheStore {
  switch (options.kind) {
    case 'file':
      return new FileStore({ ...options, wallClock: () => Date.now() })
    case 'redis':
      return new RedisStore(options)
  }
}

function figuresOf(
  memory: ResponseCache<StoredAnswer>,
  caching: ResponseCaching,
  shared: SharedCache | null,
): CacheFigures {
  const stats = memory.stats()
  const sharedFigures = shared?.figures() ?? null
  const { misses, found, refreshes, stale } = caching.counts()
  const { coalesced, size: entries, bytes } = stats
  const hits = stats.hits + found
  const lookups = hits + misses + coalesced
  const hitRate = lookups === 0 ? 0 : Math.round((hits / lookups) * 10_000) / 10_000
  return { hits, misses, coalesced, stale, refreshes, hitRate, entries, bytes, shared: sharedFigures }
}
