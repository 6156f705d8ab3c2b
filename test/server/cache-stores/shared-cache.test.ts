import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { TestContext } from 'node:test'

import { systemClock } from '../../../src/host/system-clock.ts'
import { jsonAnswer } from '../../../src/server/answer.ts'
import type { Answer } from '../../../src/server/answer.ts'
import { LEASE_MS, SharedCache } from '../../../src/server/cache-stores/shared-cache.ts'
import { cacheKeys } from '../../../src/server/middleware/cache-key.ts'
import type { CacheOptions, SharedCacheOptions } from '../../../src/server/options/cache.ts'
import type { RequestContext } from '../../../src/server/request-context.ts'
import type { Route } from '../../../src/server/router.ts'
import { DATABASE_OPTIONS } from '../../support/open-database.ts'
import { CACHE_PLACES, storeAt } from '../../support/cache-places.ts'
import type { CachePlaces } from '../../support/cache-places.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { runApp, send, until } from '../app-under-test.ts'
import type { Received, RunningApp } from '../app-under-test.ts'
import { CACHE } from '../cache-options.ts'

interface SlowRoute extends Route {
  readonly calls: ((answer: Answer) => void)[]
}

/** A cacheable route whose answers a test gives by hand. */
function slowRoute(): SlowRoute {
  const calls: ((answer: Answer) => void)[] = []
  const handle = (): Promise<Answer> => new Promise((resolve) => void calls.push(resolve))
  return { method: 'GET', path: '/it', isCacheable: true, calls, handle }
}

function instant(answer: Answer): Route & { calls: number } {
  const route = {
    method: 'GET' as const,
    path: '/it',
    isCacheable: true,
    calls: 0,
    handle: () => {
      route.calls++
      return answer
    },
  }
  return route
}

/** An app that has found the place. */
async function runSharing(
  t: TestContext,
  shared: SharedCacheOptions,
  route: Route,
  cache: Partial<CacheOptions> = {},
): Promise<RunningApp> {
  const app = await runApp(t, { cache: { ...CACHE, ...cache, shared } }, [route])
  await until(() => app.stats().cache?.shared?.isUp === true, 'the place is found')
  return app
}

function xCache({ headers }: Received): string | undefined {
  return headers['x-cache']?.toString()
}

for (const { kind, skip, make } of CACHE_PLACES) {
  describe(`answers shared by ${kind}`, { skip }, () => {
    let places: CachePlaces

    before(async () => {
      places = await make()
    })
    after(() => places.remove())

    test('CA20 what one worker has made, the others find: text and bytes, status and headers', async (t) => {
      const place = await places.create()
      for (const [path, answer] of [
        ['text', { status: 200, contentType: 'text/plain', body: 'ä\u{1f600}', headers: ['X-It', 'right'] }],
        ['bytes', { status: 200, contentType: 'image/png', body: Buffer.from([0, 255, 128, 10]) }],
        ['empty', { status: 204, contentType: 'text/plain', body: '' }],
      ] as const) {
        const [mine, theirs] = [instant(answer), instant(answer)]
        const [first, second] = [await runSharing(t, place, mine), await runSharing(t, place, theirs)]
        const made = await send(`${first.url}/it?${path}`)
        await until(() => first.stats().cache?.shared?.running === 0, 'it is handed on')
        const found = await send(`${second.url}/it?${path}`)
        assert.deepEqual([xCache(made), xCache(found), found.headers.age], ['MISS', 'HIT', '0'])
        assert.deepEqual([found.status, found.body], [made.status, made.body])
        for (const name of ['content-type', 'x-it', 'etag']) assert.equal(found.headers[name], made.headers[name])
        assert.deepEqual([mine.calls, theirs.calls], [1, 0])
        const again = await send(`${second.url}/it?${path}`)
        assert.deepEqual([xCache(again), second.stats().cache?.shared?.hits], ['HIT', 1])
      }
    })

    test('CA20 of several workers that lack the same at the same time, one makes it for all', async (t) => {
      const place = await places.create()
      const route = slowRoute()
      const apps = [
        await runSharing(t, place, route),
        await runSharing(t, place, route),
        await runSharing(t, place, route),
      ]
      const all = apps.flatMap(({ url }) => Array.from({ length: 5 }, () => send(`${url}/it`)))
      const waits = (): number => apps.reduce((sum, app) => sum + (app.stats().cache?.shared?.waits ?? 0), 0)
      await until(() => waits() === 2, 'two workers wait for the third')
      route.calls[0]?.(jsonAnswer(200, { shared: true }))
      for (const { body } of await Promise.all(all)) assert.equal(String(body), '{"shared":true}')
      assert.equal(route.calls.length, 1)
      const figures = apps.map((app) => app.stats().cache)
      assert.equal(
        figures.reduce((sum, cache) => sum + (cache?.misses ?? 0), 0),
        1,
      )
      for (const cache of figures) {
        assert.equal((cache?.hits ?? 0) + (cache?.misses ?? 0) + (cache?.coalesced ?? 0), 5)
      }
    })

    test('CA20 when the worker that makes it dies, its lease ends and another one makes it', async (t) => {
      const place = await places.create()
      const dead = storeAt(place)
      t.after(() => dead.close())
      await dead.check()
      const key = cacheKeys(0)({
        route: { method: 'GET', path: '/it', isCacheable: true, handle: () => assert.fail('called') },
        query: '',
        request: { headers: {} },
      } as unknown as RequestContext) // all that a key is made of
      assert.equal((await dead.claim(String(key), 'killed', 1_000)).kind, 'granted')
      const route = instant(jsonAnswer(200, {}))
      const app = await runSharing(t, place, route)
      assert.equal(xCache(await send(`${app.url}/it`)), 'MISS')
      const { waits, misses } = app.stats().cache?.shared ?? assert.fail('nothing is shared')
      assert.deepEqual([route.calls, waits, misses], [1, 1, 1])
    })

    test('CA20 a call that hangs in one worker does not keep the others from making their own', async (t) => {
      const place = await places.create()
      const hanging = slowRoute()
      const cache = { ...CACHE, shared: place }
      const stuck = await runApp(t, { cache, requestTimeoutMs: 500 }, [hanging])
      await until(() => stuck.stats().cache?.shared?.isUp === true, 'the place is found')
      const second = await runSharing(t, place, instant(jsonAnswer(200, {})))
      const late = send(`${stuck.url}/it`)
      await until(() => hanging.calls.length === 1, 'the call')
      const waiting = send(`${second.url}/it`)
      assert.deepEqual([(await late).status, (await waiting).status], [504, 200])
    })

    test('CA20 a lease that nobody needs any more when it is granted is handed back', async (t) => {
      const place = await places.create()
      const [mine, theirs] = [storeAt(place), storeAt(place)]
      const limits = { timeoutMs: 5_000, leaseMs: 600_000 }
      const onOutage = (error: unknown): void => assert.fail(String(error))
      const cache = new SharedCache(mine, limits, { clock: systemClock, onOutage, processName: 'mine' })
      t.after(() => Promise.all([cache.close(), theirs.close()]))
      await until(() => cache.figures().isUp, 'the place is found')
      await theirs.check()
      const left = new AbortController()
      const key = 'k'.repeat(43)
      const loading = cache.load(key, () => assert.fail('called'), left.signal)
      left.abort(new Error('all have left'))
      await assert.rejects(loading, /all have left/)
      await until(async () => (await theirs.claim(key, 'theirs', LEASE_MS)).kind !== 'held', 'it is handed back')
    })

    test('CA08 the failure of one call is the answer to all workers that waited for it, and to nobody later', async (t) => {
      const place = await places.create()
      const route = slowRoute()
      const apps = [await runSharing(t, place, route), await runSharing(t, place, route)]
      const all = apps.map(({ url }) => send(`${url}/it`))
      await until(() => apps.some((app) => app.stats().cache?.shared?.waits === 1), 'one waits for the other')
      route.calls[0]?.(jsonAnswer(502, { failed: true }))
      for (const { status } of await Promise.all(all)) assert.equal(status, 502)
      assert.equal(route.calls.length, 1)
      const later = send(`${apps[0]?.url}/it`)
      await until(() => route.calls.length === 2, 'another call')
      route.calls[1]?.(jsonAnswer(200, {}))
      assert.equal((await later).status, 200)
    })

    test('CA18 what a refresh finds in the place is no hit: nobody asked for it', async (t) => {
      const place = await places.create()
      const times = { ttlMs: 1_000, staleWhileRevalidateMs: 600_000 }
      const first = await runSharing(t, place, instant(jsonAnswer(200, 1)), times)
      const second = await runSharing(t, place, instant(jsonAnswer(200, 2)), times)
      let asked = 0
      const ask = async (app: RunningApp): Promise<string | undefined> => {
        if (app === first) asked++
        return xCache(await send(`${app.url}/it`))
      }
      await ask(first)
      // Either finds what the other has made anew.
      await until(async () => {
        await ask(second)
        await ask(first)
        return (first.stats().cache?.shared?.hits ?? 0) > 0
      }, 'a refresh has found one')
      const { hits, misses, coalesced } = first.stats().cache ?? assert.fail('no cache')
      assert.equal(hits + misses + coalesced, asked)
    })

    test('CA14 an answer for one client reaches no other worker', async (t) => {
      const place = await places.create()
      let session = 0
      const route: Route = {
        method: 'GET',
        path: '/it',
        isCacheable: true,
        handle: () => ({ ...jsonAnswer(200, {}), headers: ['Set-Cookie', `session=${++session}`] }),
      }
      const apps = [await runSharing(t, place, route), await runSharing(t, place, route)]
      const all = await Promise.all(apps.map(({ url }) => send(`${url}/it`)))
      assert.equal(new Set(all.map(({ headers }) => String(headers['set-cookie']))).size, 2)
    })

    test('CA10 another generation finds nothing of the one before, in no worker', async (t) => {
      const place = await places.create()
      const [old, next] = [instant(jsonAnswer(200, 'old')), instant(jsonAnswer(200, 'new'))]
      const first = await runSharing(t, place, old)
      await send(`${first.url}/it`)
      await until(() => first.stats().cache?.shared?.running === 0, 'it is handed on')
      const second = await runSharing(t, place, next, { generation: 1 })
      assert.equal(String((await send(`${second.url}/it`)).body), '"new"')
    })

    test('E09 V35 servers with other tasks may share a place, and see their own', async (t) => {
      const place = await places.create()
      const files = [0, 1].map(() => join(temporaryFolder('sqlite'), 'tasks.db'))
      for (const [index, file] of files.entries()) {
        const database = { ...DATABASE_OPTIONS, url: `sqlite:${file}` }
        const app = await runApp(t, { database, cache: { ...CACHE, shared: place } })
        await until(() => app.stats().cache?.shared?.isUp === true, 'the place is found')
        const tasks = `${app.url}/api/v1/eventstreammonitor/tasks`
        await send(tasks, {
          method: 'POST',
          body: JSON.stringify({ id: `task-${index}`, service: 'shop', payload: { text: 'a' } }),
        })
        const lists: unknown[] = []
        await until(async () => {
          const list = await send(tasks)
          lists.push(list.body.toString())
          return xCache(list) === 'HIT'
        }, 'the list is cached')
        assert.match(String(lists.at(-1)), new RegExp(`task-${index}`))
      }
    })

    test('CA22 a damaged entry is a miss that is counted and mended', async (t) => {
      const place = await places.create()
      const route = instant(jsonAnswer(200, { right: true }))
      const vandal = storeAt(place)
      t.after(() => vandal.close())
      await vandal.check()
      const context = { route, query: '', request: { headers: {} } }
      const key = String(cacheKeys(0)(context as unknown as RequestContext)) // all that a key is made of
      await vandal.publish(key, 'vandal', Buffer.from('tune\u0001 and nonsense behind it'), 60_000)
      const first = await runSharing(t, place, route)
      assert.deepEqual(String((await send(`${first.url}/it`)).body), '{"right":true}')
      assert.equal(first.stats().cache?.shared?.corrupt, 1)
      await until(() => first.stats().cache?.shared?.running === 0, 'it is handed on')
      const second = await runSharing(t, place, route)
      assert.equal(xCache(await send(`${second.url}/it`)), 'HIT')
    })
  })
}
