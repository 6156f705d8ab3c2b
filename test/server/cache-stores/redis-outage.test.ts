import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { TestContext } from 'node:test'

import { jsonAnswer } from '../../../src/server/answer.ts'
import type { SharedCacheFigures } from '../../../src/server/messages.ts'
import type { SharedCacheOptions } from '../../../src/server/options/cache.ts'
import type { Route } from '../../../src/server/router.ts'
import { makeRedis, SKIP_WITHOUT_REDIS } from '../../support/redis.ts'
import type { Redis } from '../../support/redis.ts'
import { runApp, send, until } from '../app-under-test.ts'
import type { RunningApp } from '../app-under-test.ts'
import { CACHE } from '../cache-options.ts'

const ROUTE: Route = { method: 'GET', path: '/it', isCacheable: true, handle: () => jsonAnswer(200, {}) }

describe('answers shared by a Redis that has its troubles', { skip: SKIP_WITHOUT_REDIS }, () => {
  let redis: Redis

  before(async () => {
    redis = await makeRedis()
  })
  beforeEach(() => redis.ask(['FLUSHALL']))
  after(() => redis.remove())

  /** Each request needs another answer, so that each would ask Redis. */
  async function askMany(app: RunningApp, from: number, count: number): Promise<void> {
    for (let item = from; item < from + count; item++) assert.equal((await send(`${app.url}/it?${item}`)).status, 200)
  }

  function run(
    t: TestContext,
    more: Partial<SharedCacheOptions & { readonly kind: 'redis' }> = {},
  ): Promise<RunningApp> {
    const shared = { kind: 'redis', url: `${redis.url}/0`, maxConnections: 4, timeoutMs: 1_000, ...more } as const
    return runApp(t, { cache: { ...CACHE, shared } }, [ROUTE])
  }

  const sharedOf = (app: RunningApp): SharedCacheFigures =>
    app.stats().cache?.shared ?? assert.fail('nothing is shared')
  const isUp = (app: RunningApp): Promise<void> => until(() => sharedOf(app).isUp, 'Redis is found')

  test('CA21 a Redis that is not there at the start costs nobody a timeout, and is found when it comes', async (t) => {
    await redis.stop()
    const app = await run(t)
    await askMany(app, 0, 20)
    const { failed, skipped, hits, misses, running } = sharedOf(app)
    assert.deepEqual(
      { failed, skipped, hits, misses, running },
      { failed: 0, skipped: 20, hits: 0, misses: 0, running: 0 },
    )
    await redis.start()
    await isUp(app)
    await askMany(app, 100, 1)
    assert.equal(sharedOf(app).misses, 1)
  })

  test('CA21 a Redis that is killed is left out at once, without a queue, and found when it is back', async (t) => {
    const app = await run(t)
    await isUp(app)
    await askMany(app, 0, 5)
    await redis.stop()
    await askMany(app, 100, 30)
    const { failed, skipped, running, connections } = sharedOf(app)
    // Beside the first question, what was being handed on then.
    assert.ok(failed <= 2, `${failed} failed`)
    assert.ok(skipped >= 29, `${skipped} skipped`)
    assert.deepEqual([running, connections, sharedOf(app).isUp], [0, 0, false])
    await redis.start()
    await isUp(app)
  })

  test('CA21 a Redis that takes connections and answers nobody costs one timeout, and is found when it answers', async (t) => {
    const app = await run(t)
    await isUp(app)
    await askMany(app, 0, 5)
    await until(() => sharedOf(app).running === 0, 'all is handed on')
    redis.freeze()
    try {
      await askMany(app, 100, 30)
      assert.deepEqual([sharedOf(app).failed, sharedOf(app).running], [1, 0])
    } finally {
      redis.thaw()
    }
    await isUp(app)
    await askMany(app, 200, 1)
    assert.equal(sharedOf(app).failed, 1)
  })

  test('a Redis that is full serves what it has, and is no outage', async (t) => {
    const app = await run(t)
    await isUp(app)
    await askMany(app, 0, 1)
    await until(() => sharedOf(app).running === 0, 'it is handed on')
    await redis.ask(['CONFIG', 'SET', 'maxmemory', '1'])
    try {
      await askMany(app, 100, 5)
      await until(() => sharedOf(app).running === 0, 'nothing is under way')
      assert.ok(sharedOf(app).failed >= 5)
      assert.equal(sharedOf(app).isUp, true)
    } finally {
      await redis.ask(['CONFIG', 'SET', 'maxmemory', '0'])
    }
  })

  test('connections are opened as they are needed, and never more than REDIS_MAX_CONNECTIONS', async (t) => {
    const app = await run(t, { maxConnections: 3, timeoutMs: 5_000 })
    await isUp(app)
    assert.equal(sharedOf(app).connections, 1)
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 50 }, (_, item) => send(`${app.url}/it?${round}-${item}`)))
    }
    const { connections, failed } = sharedOf(app)
    const clients = String(await redis.ask(['CLIENT', 'LIST'])).match(/name=tune\b/g)
    assert.deepEqual([connections, failed, clients?.length], [3, 0, 3])
  })

  test('E09 each service has the database that its REDIS_URL names, and every key in it ends by itself', async (t) => {
    const [first, second] = [await run(t, { url: `${redis.url}/3` }), await run(t, { url: `${redis.url}/4` })]
    await isUp(first)
    await isUp(second)
    await askMany(first, 0, 1)
    await askMany(second, 0, 1)
    await until(() => sharedOf(first).running + sharedOf(second).running === 0, 'all is handed on')
    assert.deepEqual([sharedOf(first).hits, sharedOf(second).hits, sharedOf(second).misses], [0, 0, 1])
    assert.deepEqual(
      [await redis.ask(['DBSIZE'], 3), await redis.ask(['DBSIZE'], 4), await redis.ask(['DBSIZE'])],
      [1, 1, 0],
    )
    const [key] = (await redis.ask(['KEYS', '*'], 3)) as readonly string[]
    const leftMs = Number(await redis.ask(['PTTL', String(key)], 3))
    assert.ok(leftMs > 0 && leftMs <= CACHE.ttlMs, `${leftMs} ms`)
  })

  test('a server that ends leaves no connection behind', async (t) => {
    const app = await run(t)
    await isUp(app)
    app.server.closeAllConnections()
    await app.drain(0)
    await until(
      async () => !String(await redis.ask(['CLIENT', 'LIST'])).includes('name=tune '),
      'its connections are closed',
    )
  })
})
