import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import type { UpstreamOptions } from '../../../src/server/options/upstream.ts'
import { jsonOf, runApp, runUpstream, send, until, UPSTREAM } from '../app-under-test.ts'
import type { Received, RunningApp } from '../app-under-test.ts'

const CONVERSATION = JSON.stringify({
  thread_name: 't',
  conversation: [{ role: 'user', content: 'a hotel in Lisbon' }],
})

const right: RequestListener = (_request, response) => void response.end('{"text":"right"}')
const wrong: RequestListener = (_request, response) => void response.writeHead(500).end('{}')

/** An app in front of upstreams `a`, `b` … that do what their listeners say. */
async function runWith(
  t: TestContext,
  listeners: readonly RequestListener[],
  options: Partial<UpstreamOptions> = {},
  requestTimeoutMs = 3_000,
): Promise<RunningApp> {
  const urls = await Promise.all(listeners.map((listener) => runUpstream(t, listener)))
  const addresses = urls.map((url, index) => ({ name: String.fromCodePoint(97 + index), url }))
  return runApp(t, { upstream: { ...UPSTREAM, addresses, ...options }, requestTimeoutMs })
}

function ads({ url }: RunningApp, signal?: AbortSignal): Promise<Received> {
  return send(`${url}/ads`, { method: 'POST', body: CONVERSATION, ...(signal === undefined ? {} : { signal }) })
}

test('the answer of the preferred upstream comes back with the place that was spoken of', async (t) => {
  const app = await runWith(t, [right, wrong])
  const answer = await ads(app)
  const { place, upstream, generated } = jsonOf(answer)
  assert.deepEqual([answer.status, upstream, generated], [200, 'a', '{"text":"right"}'])
  assert.deepEqual(place, { name: 'Lisbon', latitude: 38.72, longitude: -9.14 })
})

for (const [what, listener] of [
  ['answers 500', wrong],
  ['resets the connection', (request) => void request.socket.resetAndDestroy()],
  [
    'breaks its answer off',
    (_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half')
      setImmediate(() => response.destroy())
    },
  ],
  ['hangs', () => undefined],
] as readonly (readonly [string, RequestListener])[]) {
  test(`when the preferred upstream ${what}, the same request is answered by the next`, async (t) => {
    const app = await runWith(t, [listener, right], { timeoutMs: 200 })
    const answer = await ads(app)
    assert.deepEqual([answer.status, jsonOf(answer)['upstream']], [200, 'b'])
    const [a, b] = app.stats().upstreams
    assert.deepEqual([a?.calls, a?.failures, b?.failovers, b?.retries], [1, 1, 1, 0])
  })
}

test('an upstream that fails once is asked again after a wait', async (t) => {
  let calls = 0
  const app = await runWith(t, [(request, response) => (++calls === 1 ? wrong : right)(request, response)])
  assert.equal((await ads(app)).status, 200)
  assert.deepEqual([calls, app.stats().upstreams[0]?.retries], [2, 1])
})

test('after failures in a row the circuit opens: the next request is refused without a call, with the wait', async (t) => {
  let calls = 0
  const counting: RequestListener = (request, response) => {
    calls++
    wrong(request, response)
  }
  const app = await runWith(t, [counting], { maxAttempts: 1 })
  for (let failure = 0; failure < 3; failure++) assert.equal((await ads(app)).status, 502)
  const refused = await ads(app)
  assert.deepEqual([refused.status, jsonOf(refused)['reason'], calls], [503, 'upstream_unavailable', 3])
  const waitS = Number(refused.headers['retry-after'])
  assert.ok(waitS > 50 && waitS <= 60, `${waitS} s`)
  assert.equal(app.stats().upstreams[0]?.breaker, 'open')
  assert.equal((await send(`${app.url}/ready`)).status, 503)
  assert.equal((await send(`${app.url}/health`)).status, 200)
})

test('a request whose calls opened all circuits has failed; only one that made no call is refused', async (t) => {
  // Three failures open a circuit: the first request makes two calls to each upstream, the second one before its retry finds both open.
  const app = await runWith(t, [wrong, wrong], { maxAttempts: 2 })
  const statuses: number[] = []
  for (let request = 0; request < 3; request++) statuses.push((await ads(app)).status)
  assert.deepEqual(statuses, [502, 502, 503])
  assert.deepEqual(
    app.stats().upstreams.map(({ calls, breaker }) => [calls, breaker]),
    [
      [3, 'open'],
      [3, 'open'],
    ],
  )
})

test('without circuit breakers a failing upstream is called each time', async (t) => {
  const app = await runWith(t, [wrong], { maxAttempts: 1, breaker: null })
  for (let failure = 0; failure < 5; failure++) await ads(app)
  assert.deepEqual([app.stats().upstreams[0]?.calls, app.stats().upstreams[0]?.breaker], [5, 'disabled'])
})

test('time that runs out while a call waits for a connection is not a failure of the upstream', async (t) => {
  const app = await runWith(
    t,
    [() => undefined],
    { maxConnections: 1, maxAttempts: 1, timeoutMs: 60_000, connectTimeoutMs: 10_000 },
    1_400,
  )
  const [running, waiting] = await Promise.all([ads(app), ads(app)])
  assert.deepEqual([running.status, waiting.status], [502, 503])
  assert.deepEqual([app.stats().upstreams[0]?.calls, app.stats().upstreams[0]?.failures], [1, 1])
})

test('a client that leaves takes its upstream call along, which is no failure of the upstream', async (t) => {
  let isClosed = false
  let isCalled = false
  const app = await runWith(t, [
    (_request, response) => {
      isCalled = true
      response.once('close', () => (isClosed = true))
    },
  ])
  const leaving = new AbortController()
  const gone = assert.rejects(ads(app, leaving.signal))
  await until(() => isCalled, 'the call')
  leaving.abort()
  await until(() => isClosed && app.stats().upstreams[0]?.running === 0, 'the call has ended')
  await gone
  assert.equal(app.stats().upstreams[0]?.failures, 0)
})

test('a hanging upstream is known as failed before the request is given up', async (t) => {
  const app = await runWith(t, [() => undefined], { timeoutMs: 60_000, maxAttempts: 1 }, 1_400)
  const answer = await ads(app)
  assert.deepEqual([answer.status, jsonOf(answer)['reason']], [502, 'upstream_failed'])
  assert.equal(app.stats().upstreams[0]?.failures, 1)
})

test('an upstream that refuses the request itself is neither asked again nor blamed', async (t) => {
  const app = await runWith(t, [(_request, response) => void response.writeHead(400).end('{}'), right])
  const answer = await ads(app)
  assert.deepEqual([answer.status, jsonOf(answer)['reason']], [502, 'upstream_failed'])
  assert.deepEqual([app.stats().upstreams[0]?.failures, app.stats().upstreams[1]?.calls], [0, 0])
})

test('credentials and path of an upstream address are sent with each call', async (t) => {
  let seen: unknown
  const url = await runUpstream(t, (request, response) => {
    seen = [request.url, request.headers.authorization]
    response.end('{}')
  })
  const withCredentials = `${url.replace('//', '//user:pa%20ss@')}/base/`
  const app = await runApp(t, { upstream: { ...UPSTREAM, addresses: [{ name: 'a', url: withCredentials }] } })
  await ads(app)
  assert.deepEqual(seen, ['/base/v1/generate', `Basic ${Buffer.from('user:pa ss').toString('base64')}`])
})
