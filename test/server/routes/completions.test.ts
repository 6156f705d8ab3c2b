import assert from 'node:assert/strict'
import type { IncomingHttpHeaders, OutgoingHttpHeaders, RequestListener } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import type { UpstreamOptions } from '../../../src/server/options/upstream.ts'
import { inTurn, status } from '../../support/listeners.ts'
import { jsonOf, runApp, runUpstream, send, until, UPSTREAM } from '../app-under-test.ts'
import type { Received, RunningApp } from '../app-under-test.ts'

const BODY = '{"model":"m","prompt":"say  hello"}'
const right: RequestListener = (_request, response) => void response.end('{"choices":[{"text":"hello"}]}')

async function runWith(
  t: TestContext,
  listeners: readonly RequestListener[],
  options: Partial<UpstreamOptions> = {},
): Promise<RunningApp> {
  const urls = await Promise.all(listeners.map((listener) => runUpstream(t, listener)))
  const addresses = urls.map((url, index) => ({ name: String.fromCodePoint(97 + index), url }))
  return runApp(t, { upstream: { ...UPSTREAM, addresses, ...options }, requestTimeoutMs: 3_000 })
}

function complete({ url }: RunningApp, headers: OutgoingHttpHeaders = {}, body = BODY): Promise<Received> {
  return send(`${url}/v1/completions`, { method: 'POST', headers, body })
}

test('a completion is the answer of the preferred provider as it is, with its name', async (t) => {
  const app = await runWith(t, [status(500), right], { preference: ['b'] })
  const { status: code, headers, body } = await complete(app)
  assert.deepEqual([code, headers['x-upstream'], String(body)], [200, 'b', '{"choices":[{"text":"hello"}]}'])
  assert.equal(app.stats().upstreams.find(({ name }) => name === 'a')?.calls, 0)
})

test('the provider gets the body byte for byte, on the same path below its address', async (t) => {
  const seen: string[] = []
  const app = await runWith(t, [
    (request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString()))
      request.on('end', () => {
        seen.push(String(request.method), String(request.url), text)
        response.end('{}')
      })
    },
  ])
  await complete(app)
  assert.deepEqual(seen, ['POST', '/v1/completions', BODY])
})

test('UP18 of the headers of a client only those go on that a provider needs, and the client joins the forwarded ones', async (t) => {
  let seen: IncomingHttpHeaders = {}
  const app = await runWith(t, [
    (request, response) => {
      seen = request.headers
      response.end('{}')
    },
  ])
  await complete(app, {
    authorization: 'Bearer of-the-client',
    cookie: 'a=b',
    connection: 'close, x-private',
    'x-private': 'secret',
    te: 'trailers',
    'proxy-authorization': 'Basic xyz',
    'x-forwarded-for': '203.0.113.7',
    'x-request-id': 'abc-1',
    'idempotency-key': 'key-1',
  })
  const { host, ...rest } = seen
  assert.match(String(host), /^127\.0\.0\.1:\d+$/)
  assert.deepEqual(rest, {
    connection: 'keep-alive',
    'content-type': 'application/json',
    'content-length': String(BODY.length),
    'x-forwarded-for': '203.0.113.7, 127.0.0.1',
    'x-request-id': 'abc-1',
    'idempotency-key': 'key-1',
  })
})

test('UP18 of the headers of a provider none goes on', async (t) => {
  const app = await runWith(t, [
    (_request, response) => {
      response.writeHead(200, { connection: 'x-inner', 'x-inner': '1', 'set-cookie': 'a=b', 'proxy-authenticate': 'x' })
      response.write('{"a":')
      response.end('1}')
    },
  ])
  const { headers, body } = await complete(app)
  for (const name of ['x-inner', 'set-cookie', 'proxy-authenticate', 'transfer-encoding']) {
    assert.equal(headers[name], undefined, name)
  }
  assert.deepEqual([headers['content-length'], String(body)], ['7', '{"a":1}'])
})

test('UP18 a header with a line break in it is no header, and reaches no provider', async (t) => {
  const upstream = inTurn(right)
  const app = await runWith(t, [upstream])
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  const head = `POST /v1/completions HTTP/1.1\r\nHost: x\r\nIdempotency-Key: a\nb\r\nContent-Length: ${BODY.length}\r\n\r\n`
  socket.write(head + BODY)
  const [answer] = (await new Promise<Buffer>((resolve) => socket.once('data', resolve))).toString().split('\r\n')
  assert.match(String(answer), /^HTTP\/1\.1 400 /)
  socket.destroy()
  assert.equal(upstream.calls, 0)
})

test('UP05 a completion is sent again to the same provider only with an Idempotency-Key', async (t) => {
  const upstream = inTurn((request) => void request.socket.resetAndDestroy())
  const app = await runWith(t, [upstream])
  const { status: code, headers } = await complete(app)
  assert.deepEqual([code, headers['x-tune-reason'], upstream.calls], [502, 'upstream_failed', 1])
  await complete(app, { 'idempotency-key': 'key-1' })
  assert.equal(upstream.calls, 3)
})

for (const [what, body, headers] of [
  ['no JSON', 'hello', {}],
  ['neither prompt nor messages', '{"model":"m"}', {}],
  ['an empty list of messages', '{"messages":[]}', {}],
  ['a wish for a stream', '{"prompt":"hello","stream":true}', {}],
  ['an Idempotency-Key with a blank', BODY, { 'idempotency-key': 'a b' }],
  ['an Idempotency-Key of 256 characters', BODY, { 'idempotency-key': 'k'.repeat(256) }],
] as const) {
  test(`a completion with ${what} is refused with 400 before anybody is called`, async (t) => {
    const upstream = inTurn(right)
    const app = await runWith(t, [upstream])
    const answer = await complete(app, headers, body)
    assert.deepEqual([answer.status, jsonOf(answer)['reason'], upstream.calls], [400, 'bad_request', 0])
  })
}

test('what a provider says against the request itself is passed on, and what it has against us is 502', async (t) => {
  const error = '{"error":{"code":"context_length_exceeded"}}'
  const app = await runWith(t, [(_request, response) => void response.writeHead(400).end(error)])
  const refused = await complete(app)
  assert.deepEqual([refused.status, String(refused.body)], [400, error])
  for (const code of [401, 403, 301]) {
    const other = await runWith(t, [status(code)])
    assert.equal((await complete(other)).status, 502)
  }
})

test('UP08 a Retry-After of all providers reaches the client', async (t) => {
  const app = await runWith(t, [status(429, { 'retry-after': '120' })])
  const { status: code, headers } = await complete(app)
  assert.deepEqual([code, headers['retry-after'], headers['x-tune-reason']], [503, '120', 'upstream_unavailable'])
})

const ADS = JSON.stringify({ thread_name: 't', conversation: [{ role: 'user', content: 'a hotel in Lisbon' }] })

test('UP20 where it is allowed, /ads answers without upstreams what it can: 200, marked, counted, and not to be stored', async (t) => {
  const app = await runWith(t, [status(500)], { isDegradedAllowed: true, maxAttempts: 1 })
  const answer = await send(`${app.url}/ads`, { method: 'POST', body: ADS })
  assert.deepEqual(
    [answer.status, answer.headers['x-degraded'], answer.headers['cache-control']],
    [200, '1', 'no-store'],
  )
  const { place, upstream, generated } = jsonOf(answer)
  assert.deepEqual([(place as { name: string }).name, upstream, generated], ['Lisbon', null, null])
  assert.deepEqual([app.stats().failover.degraded, app.stats().upstreams[0]?.failures], [1, 1])
})

test('UP20 a whole answer is not marked, and without the setting errors stay errors', async (t) => {
  const working = await runWith(t, [right], { isDegradedAllowed: true })
  const whole = await send(`${working.url}/ads`, { method: 'POST', body: ADS })
  assert.deepEqual([whole.status, whole.headers['x-degraded'], working.stats().failover.degraded], [200, undefined, 0])
  const strict = await runWith(t, [status(500)], { maxAttempts: 1 })
  assert.equal((await send(`${strict.url}/ads`, { method: 'POST', body: ADS })).status, 502)
})

test('UP20 a request that is wrong itself is no case for it', async (t) => {
  const app = await runWith(t, [right], { isDegradedAllowed: true })
  assert.equal((await send(`${app.url}/ads`, { method: 'POST', body: '{}' })).status, 400)
  await until(() => app.stats().requests === 1, 'it has ended')
  assert.equal(app.stats().failover.degraded, 0)
})
