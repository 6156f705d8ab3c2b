import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  gunzipSync,
  gzipSync,
  zstdCompress,
  zstdDecompressSync,
} from 'node:zlib'

import { seededRandom } from '../../../src/core/random.ts'
import { Pressure } from '../../../src/resilience/pressure.ts'
import { jsonAnswer } from '../../../src/server/answer.ts'
import type { Answer } from '../../../src/server/answer.ts'
import { LayerCounts } from '../../../src/server/metrics/layer-counts.ts'
import { compression } from '../../../src/server/middleware/compression.ts'
import type { CompressionOptions } from '../../../src/server/options/compression.ts'
import type { RequestContext } from '../../../src/server/request-context.ts'
import { COMPRESSION, runApp, send } from '../app-under-test.ts'
import { CACHE } from '../cache-options.ts'

interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly query?: string
  readonly isSecret?: boolean
}

const TEXT = 'tune '.repeat(1_000)
const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync } as const

function setUp(options: Partial<CompressionOptions> = {}, pressure?: Pressure) {
  const counts = new LayerCounts().compression
  const layer = compression({ ...COMPRESSION, ...options }, counts, pressure)
  /** What becomes of an answer, and the headers that any answer would have got. */
  const pass = async (answer: Answer, asked: Asked = {}): Promise<{ answer: Answer; added: readonly string[] }> => {
    const { headers = { 'accept-encoding': 'gzip' }, method = 'GET', query = '', isSecret } = asked
    // The layer looks at nothing else.
    const context = { request: { method, headers }, query, route: { isSecret }, headers: [] as string[] }
    const settled = await layer(context as unknown as RequestContext, () => answer)
    return { answer: settled, added: context.headers }
  }
  return { counts, pass }
}

function textAnswer(contentType: string, headers: readonly string[] = [], status = 200): Answer {
  return { status, contentType, body: TEXT, headers }
}

function encodingOf({ headers = [] }: Answer): string | undefined {
  return headers[headers.indexOf('Content-Encoding') + 1 || headers.length]
}

test('a compressed answer, which a cache may keep, holds no more memory than it has bytes', async () => {
  const { pass } = setUp()
  for (const encoding of Object.keys(DECODERS)) {
    const { answer } = await pass(jsonAnswer(200, TEXT), { headers: { 'accept-encoding': encoding } })
    const { body } = answer
    assert.ok(typeof body !== 'string' && body.length < 1_000, encoding)
    assert.equal(body.buffer.byteLength, body.length, encoding)
  }
})

for (const [contentType, isCompressed] of [
  ['text/html; charset=utf-8', true],
  ['application/json', true],
  ['application/problem+json', true],
  ['image/svg+xml', true],
  ['text/event-stream', false],
  ['image/png', false],
  ['application/zip', false],
  ['application/octet-stream', false],
] as const) {
  test(`CO01 ${contentType} is ${isCompressed ? '' : 'not '}compressed`, async () => {
    const { answer, added } = await setUp().pass(textAnswer(contentType))
    assert.equal(encodingOf(answer), isCompressed ? 'gzip' : undefined)
    assert.deepEqual(added, isCompressed ? ['Vary', 'Accept-Encoding'] : [])
  })
}

test('CO01 what is encoded already, a part, the answer to HEAD and what must not be changed go out as they are', async () => {
  const { pass } = setUp()
  const type = 'text/plain'
  for (const [answer, asked] of [
    [textAnswer(type, ['Content-Encoding', 'br']), {}],
    [textAnswer(type, [], 206), {}],
    [textAnswer(type, ['Cache-Control', 'public, no-transform']), {}],
    [textAnswer(type), { method: 'HEAD' }],
  ] as const) {
    assert.equal((await pass(answer, asked)).answer, answer)
  }
})

test('CO02 an answer that says nothing has changed depends on the same header as the one it stands for', async () => {
  const { answer, added } = await setUp().pass({ status: 304, contentType: 'application/json', body: '' })
  assert.deepEqual([answer.status, encodingOf(answer), added], [304, undefined, ['Vary', 'Accept-Encoding']])
})

test('CO03 gzip is made at the level of the setting, brotli at 4, zstd at 3', async () => {
  const { pass } = setUp()
  const answer = textAnswer('text/plain')
  const bodyFor = async (encoding: string): Promise<unknown> =>
    (await pass(answer, { headers: { 'accept-encoding': encoding } })).answer.body
  assert.deepEqual(await bodyFor('gzip'), gzipSync(TEXT, { level: 6 }))
  assert.deepEqual(await bodyFor('br'), brotliCompressSync(TEXT, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }))
  const level = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }
  assert.deepEqual(await bodyFor('zstd'), await promisify(zstdCompress)(TEXT, level))
})

test('CO03 bodies of any size up to 5 MB come out as they went in', async () => {
  const { pass } = setUp({ minBytes: 0 })
  const random = seededRandom(7)
  const sizes = [1, 2, 999, 1_000, 5_000_000, ...Array.from({ length: 12 }, () => Math.ceil(10 ** (random() * 6.3)))]
  for (const size of sizes) {
    // Words of a small alphabet, so that there is something to compress.
    const body = Buffer.from(Uint8Array.from({ length: size }, () => 97 + Math.floor(random() * 6)))
    for (const [encoding, decode] of Object.entries(DECODERS)) {
      const headers = { 'accept-encoding': encoding }
      const { answer } = await pass({ status: 200, contentType: 'text/plain', body }, { headers })
      const received = encodingOf(answer) === encoding ? decode(answer.body) : answer.body
      assert.ok(body.equals(Buffer.from(received)), `${size} bytes in ${encoding}`)
    }
  }
})

test('CO03 the ETag of a compressed answer does not promise the same bytes as the plain one', async () => {
  const { pass } = setUp()
  const strong = await pass(textAnswer('text/plain', ['ETag', '"abc"']))
  const weak = await pass(textAnswer('text/plain', ['ETag', 'W/"abc"']))
  assert.deepEqual(strong.answer.headers?.slice(0, 2), ['ETag', 'W/"abc"'])
  assert.deepEqual(weak.answer.headers?.slice(0, 2), ['ETag', 'W/"abc"'])
})

test('CO04 of ten thousand answers at once no more than libuv has threads are compressed, the others go out plain', async () => {
  const { counts, pass } = setUp()
  const body = Buffer.alloc(100_000, 'tune ')
  const before = process.memoryUsage.rss()
  const answers = await Promise.all(
    Array.from({ length: 10_000 }, () => pass({ status: 200, contentType: 'text/plain', body })),
  )
  const compressed = answers.filter(({ answer }) => encodingOf(answer) === 'gzip')
  assert.equal(compressed.length, 4)
  assert.equal(counts.skipped.busy, 9_996)
  assert.ok(process.memoryUsage.rss() - before < 300_000_000)
  assert.equal(encodingOf((await pass(textAnswer('text/plain'))).answer), 'gzip', 'the compressors are free again')
})

test('CO05 the compressed form of an answer that is kept is made once for each encoding, also for many at once', async () => {
  const { counts, pass } = setUp()
  const kept = textAnswer('text/plain')
  const first = await Promise.all(Array.from({ length: 50 }, () => pass(kept)))
  const later = await pass(kept)
  assert.ok(first.every(({ answer }) => answer === later.answer))
  assert.equal(counts.inputBytes, TEXT.length)
})

test('CO05 hits of the cache are compressed once for each encoding, however many', async (t) => {
  const cached = { method: 'GET', path: '/cached', isCacheable: true, handle: () => textAnswer('text/plain') } as const
  const metrics = { port: null, host: '127.0.0.1', token: '' }
  const { url, metrics: figures } = await runApp(t, { cache: CACHE, compression: COMPRESSION, metrics }, [cached])
  for (const encoding of ['gzip', 'br', 'gzip', 'br', 'gzip', 'br']) {
    const { headers } = await send(`${url}/cached`, { headers: { 'accept-encoding': encoding } })
    assert.equal(headers['content-encoding'], encoding)
  }
  assert.deepEqual([...(figures?.().get('tune_compression_input_bytes_total')?.values() ?? [])], [[2 * TEXT.length]])
})

test('CO06 a route that is marked as secret is never compressed, and its answers do not depend on the header', async () => {
  const { answer, added } = await setUp().pass(textAnswer('text/plain'), { isSecret: true })
  assert.deepEqual([encodingOf(answer), added], [undefined, []])
})

test('CO06 credentials or a new cookie together with what the request says are not compressed', async () => {
  const { counts, pass } = setUp()
  const cookie = { 'accept-encoding': 'gzip', cookie: 'session=1' }
  const bearer = { 'accept-encoding': 'gzip', authorization: 'Bearer x' }
  const setsCookie = textAnswer('text/plain', ['Set-Cookie', 'csrf=1'])
  for (const [answer, asked] of [
    [textAnswer('text/plain'), { headers: cookie, query: 'q=guess' }],
    [textAnswer('text/plain'), { headers: bearer, method: 'POST' }],
    [setsCookie, { query: 'q=guess' }],
  ] as const) {
    const { answer: sent, added } = await pass(answer, asked)
    assert.deepEqual([encodingOf(sent), added], [undefined, ['Vary', 'Accept-Encoding']])
  }
  assert.equal(counts.skipped.secret, 3)
  assert.equal(encodingOf((await pass(textAnswer('text/plain'), { headers: bearer })).answer), 'gzip')
  assert.equal(encodingOf((await pass(textAnswer('text/plain'), { query: 'q=guess' })).answer), 'gzip')
})

test('CO07 under pressure answers are sent plain and counted, except those that are compressed already', async () => {
  const pressure = new Pressure({ loopFraction: 0.9, memoryFraction: 0 })
  const { counts, pass } = setUp({}, pressure)
  const kept = textAnswer('text/plain')
  await pass(kept)
  pressure.look({ loopFraction: 1, memoryFraction: 0 })
  assert.equal(encodingOf((await pass(kept)).answer), 'gzip')
  assert.equal(encodingOf((await pass(textAnswer('text/plain'))).answer), undefined)
  assert.equal(counts.skipped.pressure, 1)
})

test('CO08 an HTTP/1.0 client that accepts gzip gets it with its length, and the connection closes', async (t) => {
  const { url } = await runApp(t, { compression: COMPRESSION })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write('GET /work?bytes=5000 HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n')
  const chunks: Buffer[] = []
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk)
  const received = Buffer.concat(chunks)
  const bodyStart = received.indexOf('\r\n\r\n') + 4
  const head = received.subarray(0, bodyStart).toString()
  const body = received.subarray(bodyStart)
  assert.match(head, /Content-Encoding: gzip/)
  assert.match(head, new RegExp(`Content-Length: ${body.length}\\r`))
  assert.equal(gunzipSync(body).toString(), 'tune '.repeat(1_000))
})

test('CO08 a chunked body with trailers is read like any other', async (t) => {
  const { url } = await runApp(t)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const body = '{"query":"vaccine"}'
  const head =
    'POST /search HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n'
  socket.write(`${head}${body.length.toString(16)}\r\n${body}\r\n0\r\nX-Sum: 1\r\n\r\n`)
  let text = ''
  for await (const chunk of socket as AsyncIterable<Buffer>) text += chunk.toString()
  assert.match(text, /^HTTP\/1\.1 200 OK/)
})

test('CO08 readers that do not read share one body of a cached answer instead of a copy each', async (t) => {
  const body = Buffer.alloc(4_000_000, 'tune ')
  const large = {
    method: 'GET',
    path: '/large',
    handle: () => ({ status: 200, contentType: 'image/png', body }),
  } as const
  const { url } = await runApp(t, {}, [large])
  await send(`${url}/large`)
  const before = process.memoryUsage()
  const sockets = await Promise.all(
    Array.from({ length: 25 }, async () => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      socket.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n')
      await new Promise((resolve) => socket.once('readable', resolve))
      return socket
    }),
  )
  const after = process.memoryUsage()
  for (const socket of sockets) socket.destroy()
  assert.ok(after.external - before.external < 20_000_000, `${after.external - before.external} bytes for 25 of 4 MB`)
})
