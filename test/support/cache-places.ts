import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { CacheStore } from '../../src/server/cache-stores/cache-store.ts'
import { FileStore } from '../../src/server/cache-stores/file-store.ts'
import { RedisStore } from '../../src/server/cache-stores/redis-store.ts'
import type { SharedCacheOptions } from '../../src/server/options/cache.ts'
import { makeRedis, SKIP_WITHOUT_REDIS } from './redis.ts'

/** Somewhere that processes can share answers; each test asks for a place of its own. */
export interface CachePlaces {
  readonly create: () => Promise<SharedCacheOptions>
  readonly remove: () => Promise<void>
}

/** The kinds that the same tests are run on, and why one is skipped. */
export const CACHE_PLACES: readonly {
  readonly kind: SharedCacheOptions['kind']
  readonly skip: string | false
  readonly make: () => Promise<CachePlaces>
}[] = [
  { kind: 'file', skip: false, make: () => Promise.resolve(directories()) },
  { kind: 'redis', skip: SKIP_WITHOUT_REDIS, make: redisDatabases },
]

/** Far more than an answer takes on a busy machine: these tests are not about slow stores. */
const TIMEOUT_MS = 5_000

function directories(): CachePlaces {
  const parent = mkdtempSync(join(tmpdir(), 'tune-cache-'))
  return {
    create: () =>
      Promise.resolve({
        kind: 'file',
        directory: join(parent, randomUUID()),
        maxBytes: 10_000_000,
        timeoutMs: TIMEOUT_MS,
      }),
    remove: () => Promise.resolve(rmSync(parent, { recursive: true, force: true })),
  }
}

async function redisDatabases(): Promise<CachePlaces> {
  const redis = await makeRedis()
  return {
    create: async () => {
      await redis.ask(['FLUSHALL'])
      return { kind: 'redis', url: `${redis.url}/2`, maxConnections: 3, timeoutMs: TIMEOUT_MS }
    },
    remove: () => redis.remove(),
  }
}

/** The store at a place, as the server makes it. */
export function storeAt(place: SharedCacheOptions): CacheStore {
  return place.kind === 'file' ? new FileStore({ ...place, wallClock: () => Date.now() }) : new RedisStore(place)
}
