import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'

import { seededRandom } from '../../../src/core/random.ts'
import { jsonAnswer } from '../../../src/server/answer.ts'
import { createApp } from '../../../src/server/app.ts'
import type { App } from '../../../src/server/app.ts'
import { pageOf } from '../../../src/server/metrics/exposition.ts'
import { MergedValues } from '../../../src/server/metrics/merged-values.ts'
import type { RequestLimiter } from '../../../src/server/middleware/rate-limit.ts'
import type { Route } from '../../../src/server/router.ts'
import { jsonOf, PLAIN, RATE_LIMIT, runApp, send } from '../app-under-test.ts'
import { readMetricsPage } from '../../support/metrics-page.ts'
import type { MetricsPage } from '../../support/metrics-page.ts'

const METRICS = { host: '127.0.0.1', port: null, token: '' } as const

function pageOfApp({ metrics }: App): MetricsPage {
  const values = new MergedValues()
  values.add(metrics?.() ?? assert.fail('metrics are off'), 0)
  return readMetricsPage(pageOf(values, 'prometheus'))
}

test('RL09 a client that has used up its tokens gets 429 with the wait in header and body', async (t) => {
  const { url } = await runApp(t, { rateLimit: RATE_LIMIT })
  assert.deepEqual([(await send(`${url}/work`)).status, (await send(`${url}/work`)).status], [200, 200])
  const limited = await send(`${url}/work`)
  assert.equal(limited.status, 429)
  const { error, detail, reason, retry_after: retryAfter } = jsonOf(limited)
  assert.deepEqual([error, reason, retryAfter], ['Too Many Requests', 'rate_limited', 1_800])
  assert.equal(typeof detail, 'string')
  assert.equal(limited.headers['retry-after'], '1800')
  assert.equal(limited.headers['connection'] === 'close' && limited.headers['keep-alive'] !== undefined, false)
})

test('RL09 every answer says the limit, what is left of it, and in how many seconds all of it is back', async (t) => {
  const { url } = await runApp(t, { rateLimit: RATE_LIMIT })
  const seen: unknown[] = []
  for (let request = 0; request < 3; request++) {
    const { headers } = await send(`${url}/work`)
    seen.push(['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'].map((name) => headers[name]))
  }
  assert.deepEqual(seen, [
    ['2', '1', '1800'],
    ['2', '0', '3600'],
    ['2', '0', '3600'],
  ])
  assert.equal((await send(`${url}/health`)).headers['ratelimit-limit'], undefined)
})

test('RL09 a refused body is not read: one without end, or a large one, closes the connection', async (t) => {
  const { url } = await runApp(t, { rateLimit: { ...RATE_LIMIT, count: 1 }, maxRequestBytes: 100_000 })
  await send(`${url}/work`)
  const { port, host } = new URL(url)
  for (const length of ['Transfer-Encoding: chunked', 'Content-Length: 65537']) {
    const socket = connect(Number(port), '127.0.0.1')
    t.after(() => socket.destroy())
    socket.setEncoding('utf8').write(`POST /search HTTP/1.1\r\nHost: ${host}\r\n${length}\r\n\r\n`)
    let answer = ''
    socket.on('data', (text: string) => (answer += text))
    await once(socket, 'close')
    assert.match(answer, /^HTTP\/1\.1 429 [^]*\r\nConnection: close\r\n/)
  }
})

test('RL09 a small refused body is thrown away, and its connection can be used again', async (t) => {
  const { url } = await runApp(t, { rateLimit: { ...RATE_LIMIT, count: 1 } })
  await send(`${url}/work`)
  const { port, host } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  t.after(() => socket.destroy())
  const head = `POST /search HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000\r\n\r\n`
  socket.setEncoding('utf8').write(head + 'a'.repeat(1_000))
  let answers = ''
  socket.on('data', (text: string) => (answers += text))
  await once(socket, 'data')
  socket.write(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  await once(socket, 'close')
  assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 429', 'HTTP/1.1 200'])
})

test('RL08 health checks are exempt by their exact paths, and no other way of writing them is', async (t) => {
  const { url } = await runApp(t, { rateLimit: { ...RATE_LIMIT, count: 1 } })
  await send(`${url}/work`)
  const { hostname, port } = new URL(url)
  const statusOf = async (path: string, method = 'GET'): Promise<number> => {
    const socket = connect(Number(port), hostname)
    socket.setEncoding('utf8').write(`${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    let answer = ''
    socket.on('data', (text: string) => (answer += text))
    await once(socket, 'close')
    return Number(answer.slice(9, 12))
  }
  const exempt = ['/health', '/healthz', '/live', '/api/v1/health', '/ready', '/readyz', '/health?x=1']
  for (const path of exempt) assert.equal(await statusOf(path), 200, path)
  const others = [
    '//health',
    '/health/',
    '/health/..//work',
    '/HEALTH',
    '/%68ealth',
    '/health%2f',
    '/health;a',
    '/./health',
  ]
  for (const path of others) assert.equal(await statusOf(path), 429, path)
  assert.equal(await statusOf('/health', 'OPTIONS'), 429)
  assert.equal(await statusOf('/nowhere'), 429)
})

test('RL06 clients behind a trusted proxy are limited one by one', async (t) => {
  const { url } = await runApp(t, { rateLimit: { ...RATE_LIMIT, trustedProxies: ['127.0.0.0/8'] } })
  const statusFor = async (forwarded: string): Promise<number> =>
    (await send(`${url}/work`, { headers: { 'x-forwarded-for': forwarded } })).status
  const statuses: number[] = []
  for (const client of ['203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.2', '9.9.9.9, 203.0.113.1'])
    statuses.push(await statusFor(client))
  assert.deepEqual(statuses, [200, 200, 429, 200, 429])
})

test('RL09 tokens that are at hand on top of a full bucket are not told: never more than the limit is left', async (t) => {
  const app = createApp(
    { ...PLAIN, rateLimit: RATE_LIMIT },
    { random: seededRandom(1), routes: [], limiter: { take: () => ({ allowed: true, remaining: 5 }) } },
  )
  app.server.listen(0, '127.0.0.1')
  await once(app.server, 'listening')
  t.after(() => app.drain(0))
  const address = app.server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const { headers } = await send(`http://127.0.0.1:${port}/work`)
  const told = ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'].map((name) => headers[name])
  assert.deepEqual(told, ['2', '2', '0'])
})

const broken: readonly (readonly [string, RequestLimiter['take']])[] = [
  ['throws', () => assert.fail('broken')],
  ['rejects', () => Promise.reject(new Error('broken'))],
  ['cannot tell', () => ({ allowed: true })],
  ['cannot tell in time', () => Promise.resolve({ allowed: true })],
]
for (const [what, take] of broken) {
  test(`RL12 a limiter that ${what} lets the request through once, and is counted`, async (t) => {
    let calls = 0
    const counted: Route = { method: 'GET', path: '/counted', handle: () => jsonAnswer(200, ++calls) }
    const parts = { random: seededRandom(1), routes: [counted], limiter: { take } }
    const app = createApp({ ...PLAIN, metrics: METRICS, rateLimit: RATE_LIMIT }, parts)
    app.server.listen(0, '127.0.0.1')
    await once(app.server, 'listening')
    t.after(() => app.drain(0))
    const address = app.server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const { status, headers } = await send(`http://127.0.0.1:${port}/counted`)
    assert.deepEqual([status, calls, headers['ratelimit-limit']], [200, 1, undefined])
    const page = pageOfApp(app)
    assert.equal(page.sum('tune_rate_limit_requests_total', { result: 'failed_open' }), 1)
    assert.equal(page.sum('tune_rate_limit_requests_total'), 1)
  })
}

test('RL12 a handler that fails behind the limiter is called once', async (t) => {
  let calls = 0
  const failing: Route = {
    method: 'GET',
    path: '/failing',
    handle: () => assert.fail(`call ${++calls}`),
  }
  const { url } = await runApp(t, { rateLimit: RATE_LIMIT }, [failing])
  assert.equal((await send(`${url}/failing`)).status, 500)
  assert.equal(calls, 1)
})

test('RL11 the metrics do not tell who was limited', async (t) => {
  const app = await runApp(t, { metrics: METRICS, rateLimit: { ...RATE_LIMIT, trustedProxies: ['127.0.0.1'] } })
  for (let request = 0; request < 3; request++)
    await send(`${app.url}/work`, { headers: { 'x-forwarded-for': '203.0.113.7' } })
  const page = pageOfApp(app)
  assert.equal(page.sum('tune_rate_limit_requests_total', { result: 'limited' }), 1)
  assert.doesNotMatch(JSON.stringify(page.samples), /203\.0\.113|127\.0\.0/)
})
