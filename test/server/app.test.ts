import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'

import { jsonAnswer } from '../../src/server/answer.ts'
import type { Answer } from '../../src/server/answer.ts'
import type { Route } from '../../src/server/router.ts'
import { COMPRESSION, jsonOf, QUEUE, runApp, send, until } from './app-under-test.ts'
import { CACHE } from './cache-options.ts'

/** A route whose answers a test gives by hand. */
function manualRoute(path: string, isCacheable = false): Route & { readonly calls: ((answer: Answer) => void)[] } {
  const calls: ((answer: Answer) => void)[] = []
  return { method: 'GET', path, isCacheable, calls, handle: () => new Promise((resolve) => calls.push(resolve)) }
}

test('HT09 every answer says how long it took and which request it answers', async (t) => {
  const { url } = await runApp(t)
  const first = await send(`${url}/health`)
  const second = await send(`${url}/health`)
  assert.match(String(first.headers['x-process-time']), /^\d+\.\d{6}$/)
  assert.notEqual(first.headers['x-request-id'], second.headers['x-request-id'])
})

test('HT09 a harmless request id is echoed, and any other is replaced', async (t) => {
  const { url } = await runApp(t)
  for (const [given, isEchoed] of [
    ['abc-1.2_3', true],
    ['a b', false],
    ['x'.repeat(129), false],
  ] as const) {
    const { headers } = await send(`${url}/health`, { headers: { 'X-Request-ID': given } })
    assert.equal(headers['x-request-id'] === given, isEchoed, given)
  }
})

test('HT05 an unknown path is 404 and a wrong method 405 with the right ones', async (t) => {
  const { url } = await runApp(t)
  const unknown = await send(`${url}/nothing`)
  assert.deepEqual([unknown.status, jsonOf(unknown)['reason']], [404, 'not_found'])
  const wrong = await send(`${url}/search`)
  assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'POST'])
})

test('HT09 HEAD has the headers of GET and no body', async (t) => {
  const { url } = await runApp(t)
  const { status, headers, body } = await send(`${url}/health`, { method: 'HEAD' })
  assert.deepEqual([status, headers['content-length'], body.length], [200, '15', 0])
})

test('HT10 a handler that throws or rejects is answered with 500 without its message, which the process gets', async (t) => {
  const routes: readonly Route[] = [
    {
      method: 'GET',
      path: '/throws',
      handle: () => {
        throw new Error('secret')
      },
    },
    { method: 'GET', path: '/rejects', handle: () => Promise.reject(new Error('secret')) },
  ]
  const errors: unknown[] = []
  const { url } = await runApp(t, {}, routes, (error) => errors.push(error))
  for (const { path } of routes) {
    const answer = await send(url + path)
    assert.deepEqual([answer.status, answer.headers['x-tune-reason']], [500, 'internal_error'])
    assert.doesNotMatch(answer.body.toString(), /secret/)
  }
  assert.deepEqual(errors.map(String), ['Error: secret', 'Error: secret'])
})

test('a cached answer is served without calling the handler again', async (t) => {
  const { url, stats } = await runApp(t, { cache: CACHE })
  const miss = await send(`${url}/api/v1/endpoint?id=1`)
  const hit = await send(`${url}/api/v1/endpoint?id=1`)
  assert.deepEqual([miss.headers['x-cache'], hit.headers['x-cache'], hit.headers.age], ['MISS', 'HIT', '0'])
  assert.deepEqual(hit.body, miss.body)
  const other = await send(`${url}/api/v1/endpoint?id=2`)
  assert.equal(other.headers['x-cache'], 'MISS')
  const { hits, misses, entries } = stats().cache ?? assert.fail('no cache')
  assert.deepEqual({ hits, misses, entries }, { hits: 1, misses: 2, entries: 2 })
})

test('without the cache no answer speaks of one', async (t) => {
  const { url, stats } = await runApp(t)
  const { headers } = await send(`${url}/api/v1/endpoint`)
  assert.deepEqual([headers['x-cache'], stats().cache], [undefined, null])
})

test('requests with credentials pass the cache by', async (t) => {
  const { url, stats } = await runApp(t, { cache: CACHE })
  for (const headers of [{ authorization: 'Bearer x' }, { cookie: 'a=b' }]) {
    assert.equal((await send(`${url}/api/v1/endpoint`, { headers })).headers['x-cache'], undefined)
  }
  assert.equal(stats().cache?.misses, 0)
})

test('who asks for the same at the same time shares one call, also when the first of them leaves', async (t) => {
  const slow = manualRoute('/slow', true)
  const { url, stats } = await runApp(t, { cache: CACHE }, [slow])
  const leaving = new AbortController()
  const first = send(`${url}/slow`, { signal: leaving.signal })
  await until(() => slow.calls.length === 1, 'the call of the first')
  const others = Array.from({ length: 5 }, () => send(`${url}/slow`))
  await until(() => stats().cache?.coalesced === 5, 'the others wait')
  leaving.abort()
  await assert.rejects(first, { name: 'AbortError' })
  slow.calls[0]?.(jsonAnswer(200, { shared: true }))
  for (const { status, body } of await Promise.all(others)) {
    assert.deepEqual([status, body.toString()], [200, '{"shared":true}'])
  }
  assert.equal(slow.calls.length, 1)
})

test('an answer other than 200 is not kept', async (t) => {
  const failing: Route = { method: 'GET', path: '/failing', isCacheable: true, handle: () => jsonAnswer(502, {}) }
  const { url } = await runApp(t, { cache: CACHE }, [failing])
  await send(`${url}/failing`)
  assert.equal((await send(`${url}/failing`)).headers['x-cache'], 'MISS')
})

test('QU01 QU03 beyond the running and the waiting requests the next is refused at once, and a wait that is too long ends', async (t) => {
  const slow = manualRoute('/slow')
  const queue = { ...QUEUE, waitTimeoutMs: 150 }
  const { url, stats } = await runApp(t, { queue }, [slow])
  const running = send(`${url}/slow`)
  await until(() => slow.calls.length === 1, 'the first runs')
  const waiting = send(`${url}/slow`)
  await until(() => stats().queue?.waiting === 1, 'the second waits')
  const full = await send(`${url}/slow`)
  assert.deepEqual([full.status, jsonOf(full)['reason'], full.headers['retry-after']], [503, 'queue_full', '1'])
  const overdue = await waiting
  assert.deepEqual([overdue.status, jsonOf(overdue)['reason']], [503, 'queue_timeout'])
  assert.equal((await send(`${url}/health`)).status, 200)
  slow.calls[0]?.(jsonAnswer(200, {}))
  assert.equal((await running).status, 200)
  assert.deepEqual(
    [slow.calls.length, stats().queue],
    [1, { running: 0, waiting: 0, limit: 1, admitted: 1, refused: 2 }],
  )
})

test('clients that leave are no errors of the server', async (t) => {
  const slow = manualRoute('/slow', true)
  const errors: unknown[] = []
  const { url, stats } = await runApp(t, { cache: CACHE }, [slow], (error) => errors.push(error))
  const leaving = new AbortController()
  const gone = assert.rejects(send(`${url}/slow`, { signal: leaving.signal }))
  await until(() => slow.calls.length === 1, 'the call')
  leaving.abort()
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write('POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nhalf', () => socket.resetAndDestroy())
  await until(() => stats().requests === 2, 'both have ended')
  await gone
  assert.deepEqual(errors, [])
})

test('QU04 a client that leaves while it waits gives its turn up, and one that leaves while it runs frees its place', async (t) => {
  const queue = { ...QUEUE, capacity: 5 }
  const { url, stats } = await runApp(t, { queue })
  const [running, waiting] = [new AbortController(), new AbortController()]
  const gone = [
    assert.rejects(send(`${url}/work?wait=30000`, { signal: running.signal })),
    until(() => stats().queue?.running === 1, 'the first runs').then(() =>
      assert.rejects(send(`${url}/work?wait=30000`, { signal: waiting.signal })),
    ),
  ]
  await until(() => stats().queue?.waiting === 1, 'the second waits')
  waiting.abort()
  await until(() => stats().queue?.waiting === 0, 'the second has left')
  running.abort()
  await until(() => stats().queue?.running === 0, 'the place is free')
  await Promise.all(gone)
})

test('HT06 a request that takes too long is answered with 504 once, and keeps its place until its work ends', async (t) => {
  const slow = manualRoute('/slow')
  const queue = { ...QUEUE, capacity: 5 }
  const { url, stats } = await runApp(t, { queue, requestTimeoutMs: 100 }, [slow])
  const late = await send(`${url}/slow`)
  assert.deepEqual([late.status, jsonOf(late)['reason']], [504, 'deadline'])
  assert.equal(stats().queue?.running, 1)
  slow.calls[0]?.(jsonAnswer(200, {}))
  await until(() => stats().queue?.running === 0, 'the place is free')
  assert.equal(stats().requests, 1)
})

test('HT03 a body of the largest size passes, and one byte more is 413 whether its length was announced or not', async (t) => {
  const { url } = await runApp(t, { maxRequestBytes: 1_000 })
  const query = (length: number): string => `{"query":"word"}${' '.repeat(length - 16)}`
  assert.equal((await send(`${url}/search`, { method: 'POST', body: query(1_000) })).status, 200)
  for (const headers of [{ 'content-length': 1_001 }, { 'transfer-encoding': 'chunked' }]) {
    const refused = await send(`${url}/search`, { method: 'POST', body: query(1_001), headers })
    assert.deepEqual(
      [refused.status, jsonOf(refused)['reason'], refused.headers.connection],
      [413, 'body_too_large', 'close'],
    )
  }
})

test('HT03 a client that asks before it sends too large a body gets 413 instead of 100', async (t) => {
  const { server, url } = await runApp(t, { maxRequestBytes: 1_000 })
  assert.ok(server.listening)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write('POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n')
  const [head] = (await new Promise<Buffer>((resolve) => socket.once('data', resolve))).toString().split('\r\n')
  assert.equal(head, 'HTTP/1.1 413 Payload Too Large')
  socket.destroy()
})

test('CO01 CO02 large text is compressed in the encoding that the client prefers, and says what it depends on', async (t) => {
  const { url } = await runApp(t, { compression: COMPRESSION })
  const decoders = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync }
  for (const [encoding, decode] of Object.entries(decoders)) {
    const { headers, body } = await send(`${url}/work?bytes=1000`, { headers: { 'accept-encoding': encoding } })
    assert.deepEqual([headers['content-encoding'], headers.vary], [encoding, 'Accept-Encoding'])
    assert.equal(decode(body).toString(), 'tune '.repeat(200))
  }
  const plain = await send(`${url}/work?bytes=1000`)
  assert.deepEqual(
    [plain.headers['content-encoding'], plain.headers.vary, plain.body.length],
    [undefined, 'Accept-Encoding', 1_000],
  )
  const small = await send(`${url}/work?bytes=999`, { headers: { 'accept-encoding': 'gzip' } })
  assert.deepEqual([small.headers['content-encoding'], small.headers.vary], [undefined, undefined])
})

test('CO05 a cached answer is sent compressed to those who accept it and plain to the others', async (t) => {
  const large: Route = {
    method: 'GET',
    path: '/large',
    isCacheable: true,
    handle: () => jsonAnswer(200, 'x'.repeat(5_000)),
  }
  const { url } = await runApp(t, { cache: CACHE, compression: COMPRESSION }, [large])
  const encodings = ['gzip', undefined, 'gzip', 'br']
  const seen: unknown[] = []
  for (const encoding of encodings) {
    const { headers } = await send(
      `${url}/large`,
      encoding === undefined ? {} : { headers: { 'accept-encoding': encoding } },
    )
    seen.push([headers['x-cache'], headers['content-encoding']])
  }
  assert.deepEqual(seen, [
    ['MISS', 'gzip'],
    ['HIT', undefined],
    ['HIT', 'gzip'],
    ['HIT', 'br'],
  ])
})

test('bad values of /work are named in a 400', async (t) => {
  const { url } = await runApp(t)
  const refused = await send(`${url}/work?cpu=abc`)
  assert.deepEqual([refused.status, jsonOf(refused)['reason']], [400, 'bad_request'])
  assert.match(String(jsonOf(refused)['detail']), /cpu/)
})

test('/work uses at least the CPU time it is asked for', async (t) => {
  const { url } = await runApp(t)
  const before = process.cpuUsage()
  await send(`${url}/work?cpu=50`)
  const { user, system } = process.cpuUsage(before)
  // The system accounts in ticks of up to 10 ms.
  assert.ok(user + system >= 40_000, `${user + system} µs`)
})

test('/search finds texts about the query', async (t) => {
  const { url } = await runApp(t)
  const answer = await send(`${url}/search`, { method: 'POST', body: '{"query":"vaccine"}' })
  const { hits } = jsonOf(answer) as { hits: { title: string }[] }
  assert.equal(hits.length, 10)
  assert.match(hits[0]?.title ?? '', /^health/)
})

test('a draining server answers what is under way, closes its connection, and takes no new one', async (t) => {
  const slow = manualRoute('/slow')
  const { url, drain } = await runApp(t, {}, [slow])
  const running = send(`${url}/slow`, { headers: { connection: 'keep-alive' } })
  await until(() => slow.calls.length === 1, 'the request runs')
  const drained = drain(0)
  await assert.rejects(send(`${url}/health`), { code: 'ECONNREFUSED' })
  slow.calls[0]?.(jsonAnswer(200, {}))
  const { status, headers } = await running
  assert.deepEqual([status, headers.connection], [200, 'close'])
  await drained
})
