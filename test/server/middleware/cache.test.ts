import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { jsonAnswer, refusal } from '../../../src/server/answer.ts'
import type { Answer } from '../../../src/server/answer.ts'
import type { CacheOptions } from '../../../src/server/options/cache.ts'
import type { Handler, Route } from '../../../src/server/router.ts'
import { jsonOf, runApp, send, until } from '../app-under-test.ts'
import type { Received, RunningApp } from '../app-under-test.ts'
import { CACHE } from '../cache-options.ts'

interface CountedRoute extends Route {
  readonly calls: () => number
}

/** A cacheable route that counts the calls of its handler. */
function counted(handle: Handler, more: Partial<Route> = {}): CountedRoute {
  let calls = 0
  const counting: Handler = (context) => {
    calls++
    return handle(context)
  }
  return { method: 'GET', path: '/it', isCacheable: true, ...more, handle: counting, calls: () => calls }
}

function runCached(t: TestContext, route: Route, cache: Partial<CacheOptions> = {}): Promise<RunningApp> {
  return runApp(t, { cache: { ...CACHE, ...cache } }, [route])
}

function xCache({ headers }: Received): string | undefined {
  return headers['x-cache']?.toString()
}

function page(headers: readonly string[] = [], body: string | Buffer = 'page'): Answer {
  return { status: 200, contentType: 'text/plain', body, headers }
}

/** Far more than a TTL of 1 ms, which is past then. */
function pastTtl(): Promise<void> {
  const endMs = performance.now() + 20
  return until(() => performance.now() > endMs, 'the TTL is over')
}

function byNumber(left: number, right: number): number {
  return left - right
}

/** A handler whose failing can be switched. */
function fallible(): { readonly handle: Handler; isBroken: boolean } {
  const state = {
    isBroken: false,
    handle: (): Answer =>
      state.isBroken ? refusal(502, 'upstream_failed', { detail: 'it failed' }) : jsonAnswer(200, { right: true }),
  }
  return state
}

test('CA01 a miss is followed by a hit with the same bytes and an age, and the handler is called once', async (t) => {
  const route = counted(() => jsonAnswer(200, { text: 'ä\u0000\u{1f600}' }))
  const { url } = await runCached(t, route)
  const miss = await send(`${url}/it`)
  const hit = await send(`${url}/it`)
  assert.deepEqual([xCache(miss), miss.headers.age, xCache(hit), hit.headers.age], ['MISS', undefined, 'HIT', '0'])
  assert.deepEqual(hit.body, miss.body)
  assert.equal(route.calls(), 1)
})

test('CA05 of a thousand requests at the same time one calls the handler, and all are accounted for', async (t) => {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const route = counted(() => promise)
  const { url, stats } = await runCached(t, route)
  const all = Array.from({ length: 1_000 }, () => send(`${url}/it`))
  await until(() => stats().cache?.coalesced === 999, 'all wait')
  resolve(page())
  for (const { status } of await Promise.all(all)) assert.equal(status, 200)
  await send(`${url}/it`)
  const { hits, misses, coalesced } = stats().cache ?? assert.fail('no cache')
  assert.deepEqual({ calls: route.calls(), hits, misses, coalesced }, { calls: 1, hits: 1, misses: 1, coalesced: 999 })
})

test('CA06 when all who wait have left, the call is aborted and the next one starts anew', async (t) => {
  const signals: AbortSignal[] = []
  const route = counted(({ signal }) => {
    signals.push(signal)
    return signals.length === 1 ? new Promise(() => undefined) : page()
  })
  const { url, stats } = await runCached(t, route)
  const leaving = [new AbortController(), new AbortController()]
  const gone = leaving.map(({ signal }) => assert.rejects(send(`${url}/it`, { signal })))
  await until(() => stats().cache?.coalesced === 1, 'both wait')
  for (const controller of leaving) controller.abort()
  await Promise.all(gone)
  await until(() => signals[0]?.aborted === true, 'the call is aborted')
  assert.deepEqual([xCache(await send(`${url}/it`)), route.calls()], ['MISS', 2])
})

test('CA08 a failure reaches all who wait, from one call, and is not repeated to the next', async (t) => {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const route = counted(() => promise)
  const { url, stats } = await runCached(t, route)
  const all = Array.from({ length: 100 }, () => send(`${url}/it`))
  await until(() => stats().cache?.coalesced === 99, 'all wait')
  resolve(jsonAnswer(502, { failed: true }))
  for (const { status, body } of await Promise.all(all))
    assert.deepEqual([status, String(body)], [502, '{"failed":true}'])
  assert.equal(route.calls(), 1)
  await send(`${url}/it`)
  assert.equal(route.calls(), 2)
})

test('CA08 with a negative TTL a failure is repeated without a call, but not one of our own making', async (t) => {
  for (const [answer, calls] of [
    [jsonAnswer(502, {}), 1],
    [jsonAnswer(404, {}), 1],
    [jsonAnswer(400, {}), 2],
    [refusal(503, 'queue_full', { detail: 'full' }), 2],
  ] as const) {
    const route = counted(() => answer)
    const { url } = await runCached(t, route, { negativeTtlMs: 60_000 })
    const [first, second] = [await send(`${url}/it`), await send(`${url}/it`)]
    assert.deepEqual([first.status, second.status, route.calls()], [answer.status, answer.status, calls])
  }
})

test('CA09 more than CACHE_MAX_WAITERS get 503 with a wait, and a call that hangs frees its key', async (t) => {
  const route = counted(() => new Promise<Answer>(() => undefined))
  const app = await runApp(t, { cache: { ...CACHE, maxWaiters: 1 }, requestTimeoutMs: 2_000 }, [route])
  const hanging = send(`${app.url}/it`)
  await until(() => route.calls() === 1, 'the call')
  const waiting = send(`${app.url}/it`)
  await until(() => app.stats().cache?.coalesced === 1, 'one waits')
  const refused = await send(`${app.url}/it`)
  assert.deepEqual(
    [refused.status, jsonOf(refused)['reason'], refused.headers['retry-after']],
    [503, 'cache_waiters', '1'],
  )
  assert.deepEqual([(await hanging).status, (await waiting).status], [504, 504])
  await until(async () => {
    await send(`${app.url}/it`)
    return route.calls() > 1
  }, 'another call for the key')
})

test('CA12 an empty body and 204 are kept, 404 is not', async (t) => {
  for (const [answer, second] of [
    [page([], ''), 'HIT'],
    [{ status: 204, contentType: 'text/plain', body: '' }, 'HIT'],
    [jsonAnswer(404, {}), 'MISS'],
  ] as const) {
    const { url } = await runCached(
      t,
      counted(() => answer),
    )
    const first = await send(`${url}/it`)
    const again = await send(`${url}/it`)
    assert.deepEqual([again.status, again.body, xCache(again)], [first.status, first.body, second])
  }
})

test('CA13 past its TTL everybody gets the old answer while one call makes the new one', async (t) => {
  let version = 0
  const next = Promise.withResolvers<void>()
  const route = counted(async () => {
    version++
    if (version === 2) await next.promise
    return jsonAnswer(200, version)
  })
  const { url, stats } = await runCached(t, route, { ttlMs: 50, staleWhileRevalidateMs: 600_000 })
  await send(`${url}/it`)
  await until(async () => xCache(await send(`${url}/it`)) === 'STALE', 'the answer is stale')
  const stale = await Promise.all(Array.from({ length: 50 }, () => send(`${url}/it`)))
  for (const answer of stale) {
    assert.deepEqual(
      [String(answer.body), xCache(answer), answer.headers.warning],
      ['1', 'STALE', '110 - "Response is Stale"'],
    )
  }
  assert.equal(route.calls(), 2)
  next.resolve()
  await until(async () => String((await send(`${url}/it`)).body) !== '1', 'the new answer')
  const { misses, refreshes, stale: staleCount } = stats().cache ?? assert.fail('no cache')
  assert.equal(misses, 1)
  assert.ok(refreshes >= 1 && staleCount >= 51)
})

test('CA13 past its TTL an answer stands in for one that fails, as long as it may, and says so', async (t) => {
  const upstream = fallible()
  const route = counted(upstream.handle)
  const { url } = await runCached(t, route, { ttlMs: 1, staleIfErrorMs: 600_000 })
  await send(`${url}/it`)
  upstream.isBroken = true
  await pastTtl()
  const first = await send(`${url}/it`)
  const second = await send(`${url}/it`)
  for (const stale of [first, second]) {
    assert.deepEqual([stale.status, xCache(stale), String(stale.body)], [200, 'STALE', '{"right":true}'])
    assert.match(String(stale.headers.warning), /^110 /)
  }
  // Each of them is a failed call that whoever looks after the upstream has counted.
  assert.equal(route.calls(), 3)
  upstream.isBroken = false
  assert.equal(xCache(await send(`${url}/it`)), 'MISS')
})

test('CA13 with a negative TTL the stale answer is given without a call for so long', async (t) => {
  const upstream = fallible()
  const route = counted(upstream.handle)
  const { url } = await runCached(t, route, { ttlMs: 1, staleIfErrorMs: 600_000, negativeTtlMs: 600_000 })
  await send(`${url}/it`)
  upstream.isBroken = true
  await pastTtl()
  for (let request = 0; request < 5; request++) assert.equal(xCache(await send(`${url}/it`)), 'STALE')
  assert.equal(route.calls(), 2)
})

test('CA13 a stale answer stands in for a call that hangs, before the request is given up', async (t) => {
  const route = counted(() => (route.calls() > 20 ? new Promise<Answer>(() => undefined) : page()))
  const cache = { ...CACHE, ttlMs: 1, staleIfErrorMs: 600_000 }
  const { url } = await runApp(t, { cache, requestTimeoutMs: 1_000 }, [route])
  for (let item = 0; item < 20; item++) await send(`${url}/it?${item}`)
  await pastTtl()
  const all: Promise<Received>[] = []
  // At different times between two looks at the deadlines.
  for (let item = 0; item < 20; item++) {
    all.push(send(`${url}/it?${item}`))
    await until(() => route.calls() === 21 + item, 'the call')
  }
  for (const late of await Promise.all(all)) assert.deepEqual([late.status, xCache(late)], [200, 'STALE'])
})

test('CA13 with a negative TTL a failed refresh leaves the stale answer, as long as that may be served', async (t) => {
  const upstream = fallible()
  const route = counted(upstream.handle)
  const times = { ttlMs: 1, staleWhileRevalidateMs: 600_000, negativeTtlMs: 600_000 }
  const { url } = await runCached(t, route, times)
  await send(`${url}/it`)
  upstream.isBroken = true
  await pastTtl()
  for (let request = 0; request < 5; request++) {
    const { status, headers } = await send(`${url}/it`)
    assert.deepEqual([status, headers['x-cache']], [200, 'STALE'])
  }
  assert.equal(route.calls(), 2)
})

test('CA13 a handler that throws is stood in for too, and the process gets its error', async (t) => {
  let isBroken = false
  const route = counted(() => {
    if (isBroken) throw new Error('mistake')
    return page()
  })
  const errors: unknown[] = []
  const cache = { ...CACHE, ttlMs: 1, staleIfErrorMs: 600_000 }
  const { url } = await runApp(t, { cache }, [route], (error) => errors.push(error))
  await send(`${url}/it`)
  isBroken = true
  await pastTtl()
  assert.equal(xCache(await send(`${url}/it`)), 'STALE')
  assert.deepEqual(errors.map(String), ['Error: mistake'])
})

test('CA14 what is meant for one client, is not whole, or depends on what is no part of the key is never kept', async (t) => {
  for (const [what, answer] of [
    ['a cookie', page(['Set-Cookie', 'a=b'])],
    ['private', page(['Cache-Control', 'private, max-age=60'])],
    ['no-store', page(['cache-control', 'max-age=0,no-store'])],
    ['no-cache', page(['Cache-Control', 'no-cache'])],
    ['Vary: *', page(['Vary', '*'])],
    ['Vary on another header', page(['Vary', 'Accept-Language'])],
    ['an encoding', page(['Content-Encoding', 'br'])],
    ['206', { ...page(), status: 206 }],
    ['500', { ...page(), status: 500 }],
    ['degraded', page(['X-Degraded', '1'])],
  ] as const) {
    const { url } = await runCached(
      t,
      counted(() => answer),
    )
    await send(`${url}/it`)
    assert.equal(xCache(await send(`${url}/it`)), 'MISS', what)
  }
})

test('CA14 an answer with a cookie reaches the one who asked, and those who waited get answers of their own', async (t) => {
  const first = Promise.withResolvers<void>()
  let session = 0
  const route = counted(async () => {
    session++
    const mine = session
    if (mine === 1) await first.promise
    return page(['Set-Cookie', `session=${mine}`])
  })
  const { url, stats } = await runCached(t, route)
  const all = Array.from({ length: 5 }, () => send(`${url}/it`))
  await until(() => stats().cache?.coalesced === 4, 'four wait')
  first.resolve()
  const cookies = (await Promise.all(all)).map(({ headers }) => String(headers['set-cookie']))
  assert.deepEqual(new Set(cookies).size, 5)
})

test('CA14 an answer to the conditions or the range of one client is none for those who waited', async (t) => {
  for (const status of [206, 304, 412, 416]) {
    const first = Promise.withResolvers<void>()
    const route = counted(async () => {
      if (route.calls() > 1) return page()
      await first.promise
      return { status, contentType: 'text/plain', body: '' }
    })
    const { url, stats } = await runCached(t, route)
    const all = Array.from({ length: 3 }, () => send(`${url}/it`))
    await until(() => stats().cache?.coalesced === 2, 'two wait')
    first.resolve()
    const statuses = (await Promise.all(all)).map((answer) => answer.status)
    assert.deepEqual(statuses.toSorted(byNumber), [200, 200, status].toSorted(byNumber))
  }
})

test('CA14 other methods are not answered from the cache, unless their route is cached by body', async (t) => {
  const plain = counted(() => page(), { method: 'POST' })
  const byBody = counted(({ body }) => page([], body.toString()), { method: 'POST', cacheInput: 'body', path: '/flow' })
  const { url } = await runApp(t, { cache: CACHE, queue: null }, [plain, byBody])
  const post = (path: string, body: string): Promise<Received> => send(url + path, { method: 'POST', body })
  const first = await post('/flow', '{"a":1,"b":null}')
  const same = await post('/flow', '{"b":null, "a":1}')
  assert.deepEqual([xCache(first), xCache(same), String(same.body)], ['MISS', 'HIT', '{"a":1,"b":null}'])
  assert.equal(xCache(await post('/flow', '{"a":1}')), 'MISS')
  assert.equal(xCache(await post('/flow', 'no JSON')), undefined)
  assert.equal(byBody.calls(), 3)
})

test('CA14 requests with credentials pass by, unless the route names these, and then have answers of their own', async (t) => {
  const route = counted(({ request }) => page([], String(request.headers.authorization)), {
    cacheVary: ['authorization'],
  })
  const { url } = await runCached(t, route)
  const as = (authorization: string): Promise<Received> => send(`${url}/it`, { headers: { authorization } })
  assert.deepEqual([xCache(await as('a')), xCache(await as('a')), xCache(await as('b'))], ['MISS', 'HIT', 'MISS'])
  assert.equal(String((await as('a')).body), 'a')
  assert.equal(xCache(await send(`${url}/it`, { headers: { authorization: 'a', cookie: 'c=d' } })), undefined)
})

test('CA04 a body too deep or too long for a key is answered and not cached', async (t) => {
  const route = counted(({ body }) => page([], String(body.length)), { method: 'POST', cacheInput: 'body' })
  const { url } = await runApp(t, { cache: CACHE, maxRequestBytes: 3_000_000 }, [route])
  const deep = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
  for (const [body, isCached] of [
    [deep(60), true],
    [deep(70), false],
    [JSON.stringify({ a: 'x'.repeat(2_000_000) }), false],
    ['{"__proto__":1,"b":1e400,"c":-0,"d":"\\ud800"}', true],
  ] as const) {
    for (const expected of ['MISS', 'HIT']) {
      const answer = await send(`${url}/it`, { method: 'POST', body })
      assert.deepEqual([answer.status, xCache(answer)], [200, isCached ? expected : undefined])
    }
  }
})

test('CA15 each value of a header that a route varies by has its own answer', async (t) => {
  const route = counted(
    ({ request }) => {
      const wantsBr = request.headers['accept-encoding'] === 'br'
      return page(
        ['Vary', 'Accept-Encoding', ...(wantsBr ? ['Content-Encoding', 'br'] : [])],
        wantsBr ? 'packed' : 'plain',
      )
    },
    { cacheVary: ['accept-encoding'] },
  )
  const { url } = await runCached(t, route)
  const seen: unknown[] = []
  for (const encoding of ['br', undefined, 'br', undefined]) {
    const got = await send(`${url}/it`, encoding === undefined ? {} : { headers: { 'accept-encoding': encoding } })
    seen.push([xCache(got), got.headers['content-encoding'], String(got.body)])
  }
  assert.deepEqual(seen, [
    ['MISS', 'br', 'packed'],
    ['MISS', undefined, 'plain'],
    ['HIT', 'br', 'packed'],
    ['HIT', undefined, 'plain'],
  ])
})

test('CA16 who has the answer already gets 304 without a body, for each way to say so', async (t) => {
  const { url } = await runCached(
    t,
    counted(() => page([], 'x'.repeat(100))),
  )
  const { headers } = await send(`${url}/it`)
  const tag = String(headers.etag)
  assert.match(tag, /^W\/"[\w-]{22}"$/)
  for (const known of [tag, tag.slice(2), '*', `"other", ${tag}`, `W/"a,b" ,${tag.slice(2)}`]) {
    const unchanged = await send(`${url}/it`, { headers: { 'if-none-match': known } })
    const { 'content-length': length, 'content-type': type } = unchanged.headers
    assert.deepEqual([unchanged.status, unchanged.body.length, length, type], [304, 0, undefined, undefined], known)
    assert.deepEqual([unchanged.headers.etag, xCache(unchanged)], [tag, 'HIT'])
  }
  for (const known of ['"other"', tag.slice(3, -1), '', `"${'x'.repeat(5_000)}", ${tag}`]) {
    assert.equal((await send(`${url}/it`, { headers: { 'if-none-match': known } })).status, 200, known)
  }
})

test('CA16 HEAD has the headers of GET, is answered from the same entry, and knows 304', async (t) => {
  const route = counted(() => page())
  const { url } = await runCached(t, route)
  await send(`${url}/it`)
  const [get, head] = [await send(`${url}/it`), await send(`${url}/it`, { method: 'HEAD' })]
  for (const name of ['etag', 'content-length', 'content-type', 'x-cache', 'age']) {
    assert.equal(head.headers[name], get.headers[name], name)
  }
  assert.deepEqual([head.body.length, route.calls()], [0, 1])
  const known = { 'if-none-match': String(get.headers.etag) }
  assert.equal((await send(`${url}/it`, { method: 'HEAD', headers: known })).status, 304)
})

test('CA16 the ETag of compressed answers is that of plain ones, and 304 says what it depends on', async (t) => {
  const route = counted(() => page([], 'x'.repeat(5_000)))
  const { url } = await runApp(
    t,
    { cache: CACHE, compression: { minBytes: 1_000, gzipLevel: 6, maxLoopFraction: 0 } },
    [route],
  )
  const packed = await send(`${url}/it`, { headers: { 'accept-encoding': 'gzip' } })
  assert.equal(packed.headers['content-encoding'], 'gzip')
  const unchanged = await send(`${url}/it`, { headers: { 'if-none-match': String(packed.headers.etag) } })
  assert.deepEqual(
    [unchanged.status, unchanged.headers.vary, unchanged.headers['content-encoding']],
    [304, 'Accept-Encoding', undefined],
  )
})

test('CA17 what a handler does with its answer afterwards does not change the one that is kept', async (t) => {
  const body = Buffer.from('right')
  const headers = ['X-It', 'right']
  const { url } = await runCached(
    t,
    counted(() => page(headers, body)),
  )
  await send(`${url}/it`)
  body.fill('w')
  headers[1] = 'wrong'
  const hit = await send(`${url}/it`)
  assert.deepEqual([xCache(hit), String(hit.body), hit.headers['x-it']], ['HIT', 'right', 'right'])
})

test('CA18 the figures have the hit rate to four decimals', async (t) => {
  const { url, stats } = await runCached(
    t,
    counted(() => page()),
  )
  assert.equal(stats().cache?.hitRate, 0)
  for (let key = 0; key < 10; key++) await send(`${url}/it?${key}`)
  for (let hit = 0; hit < 42; hit++) await send(`${url}/it?7`)
  const { hits, misses, hitRate, entries } = stats().cache ?? assert.fail('no cache')
  assert.deepEqual({ hits, misses, hitRate, entries }, { hits: 42, misses: 10, hitRate: 0.8077, entries: 10 })
})

test('CA19 without the cache each request is a call of its own, also at the same time, and no answer speaks of one', async (t) => {
  const route = counted(async () => page())
  const { url, stats } = await runApp(t, {}, [route])
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(`${url}/it`)))
  for (const { headers } of answers) {
    assert.deepEqual([headers['x-cache'], headers.age, headers.etag], [undefined, undefined, undefined])
  }
  assert.deepEqual([route.calls(), stats().cache], [10, null])
})

test('CA23 headers that are no part of the key reach no answer that others get', async (t) => {
  const { url } = await runApp(t, { cache: CACHE })
  const poison = {
    'x-forwarded-host': 'evil.example',
    'x-http-method-override': 'POST',
    'x-original-url': '/other',
    'x-forwarded-proto': 'gopher',
    'cache-control': 'no-cache',
  }
  const poisoned = await send(`${url}/api/v1/endpoint?id=1`, { headers: poison })
  const clean = await send(`${url}/api/v1/endpoint?id=1`)
  const { url: fresh } = await runApp(t, { cache: CACHE })
  const untouched = await send(`${fresh}/api/v1/endpoint?id=1`)
  assert.deepEqual([xCache(poisoned), xCache(clean)], ['MISS', 'HIT'])
  assert.deepEqual([clean.body, clean.headers.etag], [untouched.body, untouched.headers.etag])
  assert.doesNotMatch(JSON.stringify(clean.headers), /evil|gopher/)
})

test('each route has the time that CACHE_ROUTE_TTL, its tier or CACHE_TTL gives it', async (t) => {
  const fast = { ttlMs: 1, staleWhileRevalidateMs: 600_000 }
  const isStale = async (url: string): Promise<boolean> => {
    await send(url)
    return xCache(await send(url)) === 'STALE'
  }
  const plain = await runCached(
    t,
    counted(() => page()),
    fast,
  )
  await until(() => isStale(`${plain.url}/it`), 'CACHE_TTL is over')
  const tier = await runCached(
    t,
    counted(() => page(), { cacheTier: 'long' }),
    fast,
  )
  assert.equal(await isStale(`${tier.url}/it`), false)
  const named = await runCached(
    t,
    counted(() => page(), { cacheTier: 'long' }),
    { ...CACHE, ...fast, routeTtlMs: { '/it': 1 } },
  )
  await until(() => isStale(`${named.url}/it`), 'CACHE_ROUTE_TTL is over')
})
