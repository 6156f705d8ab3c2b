import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'

import { seededRandom } from '../../../src/core/random.ts'
import { jsonAnswer } from '../../../src/server/answer.ts'
import { bodyEncoding, decodeBody } from '../../../src/server/middleware/decode-body.ts'
import type { Route } from '../../../src/server/router.ts'
import { parseJsonObject } from '../../../src/server/routes/json-body.ts'
import { runApp } from '../app-under-test.ts'

const ENCODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync } as const
const MAX_BYTES = 100_000

/** What the server makes of bodies: their length, or how it refuses them. */
async function setUp(t: TestContext) {
  const echo: Route = {
    method: 'POST',
    path: '/length',
    handle: ({ body }) => jsonAnswer(200, { length: body.length }),
  }
  const { url } = await runApp(t, { maxRequestBytes: MAX_BYTES }, [echo])
  return (body: Buffer, encoding: string): Promise<readonly unknown[]> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(`${url}/length`, {
        method: 'POST',
        agent: false,
        headers: { 'content-encoding': encoding },
      })
      request.once('error', reject)
      request.once('response', (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.once('end', () => {
          const told = JSON.parse(text) as Record<string, unknown>
          resolve([response.statusCode, told['reason'] ?? told['length']])
        })
      })
      request.end(body)
    })
}

for (const [encoding, encode] of Object.entries(ENCODERS)) {
  test(`HT04 a body in ${encoding} is decoded up to the largest size, and not a byte further`, async (t) => {
    const post = await setUp(t)
    const random = seededRandom(1)
    const words = (length: number): Buffer => Buffer.from(Array.from({ length }, () => 97 + Math.floor(random() * 26)))
    assert.deepEqual(await post(encode(words(MAX_BYTES)), encoding), [200, MAX_BYTES])
    assert.deepEqual(await post(encode(words(MAX_BYTES + 1)), encoding), [413, 'body_too_large'])
  })

  test(`HT04 a body in ${encoding} that ends early, goes on behind its end or is something else is refused`, async (t) => {
    const post = await setUp(t)
    const whole = encode(Buffer.from('{"query":"word"}'.repeat(20)))
    for (const body of [
      whole.subarray(0, -3),
      Buffer.concat([whole, Buffer.from('garbage')]),
      Buffer.from('plain text'),
    ]) {
      assert.deepEqual(await post(body, encoding), [400, 'bad_request'])
    }
  })

  test(`HT04 a bomb in ${encoding} is not unpacked`, async () => {
    const bomb = encode(Buffer.alloc(50_000_000))
    const before = process.memoryUsage().external
    const decoded = await decodeBody(bomb, encoding as keyof typeof ENCODERS, MAX_BYTES)
    assert.ok(decoded === 'too large' || decoded === 'grows too much', String(decoded))
    assert.ok(process.memoryUsage().external - before < 5_000_000)
  })
}

test('HT04 a body that grows more than two hundred times was made to do so, also below the largest size', async () => {
  const blanks = (bytes: number): Buffer => gzipSync(Buffer.alloc(bytes, ' '))
  assert.equal(await decodeBody(blanks(1_000_000), 'gzip', 10_000_000), 'grows too much')
  assert.ok(Buffer.isBuffer(await decodeBody(blanks(65_536), 'gzip', 10_000_000)), 'a short one is harmless')
})

test('HT04 encodings on top of each other, and unknown ones, are answered with 415', async (t) => {
  const post = await setUp(t)
  for (const encoding of ['gzip, gzip', 'br, gzip', 'compress', 'snappy']) {
    assert.deepEqual(await post(Buffer.from('x'), encoding), [415, 'unsupported_encoding'], encoding)
  }
  assert.deepEqual(await post(Buffer.from('x'), 'identity'), [200, 1])
})

test('the name of an encoding is read as a header is, and its old form too', () => {
  const names = [undefined, '', 'identity', ' GZIP ', 'x-gzip', 'gzip,br', 'gzip;q=1']
  assert.deepEqual(names.map(bodyEncoding), [null, null, null, 'gzip', 'gzip', undefined, undefined])
})

test('HT04 a body that is not UTF-8 is no JSON, not JSON with other letters', () => {
  assert.equal(parseJsonObject(Buffer.from('7b2261223a22ff227d', 'hex')), 'the body must be JSON in UTF-8')
})

test('HT04 nesting, repeated keys and the names of prototypes do no harm', () => {
  const deep = parseJsonObject(Buffer.from(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`))
  assert.ok(typeof deep === 'object' || deep === 'the body must be JSON in UTF-8')
  assert.deepEqual(parseJsonObject(Buffer.from('{"a":1,"a":2}')), { a: 2 })
  const named = parseJsonObject(Buffer.from('{"__proto__":{"isAdmin":true}}'))
  assert.ok(typeof named === 'object' && named['isAdmin'] === undefined)
  assert.equal(({} as Record<string, unknown>)['isAdmin'], undefined)
})
