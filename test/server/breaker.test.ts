import assert from 'node:assert/strict'
import type { RequestListener, ServerResponse } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import type { UpstreamOptions } from '../../src/server/options/upstream.ts'
import { MergedValues } from '../../src/server/metrics/merged-values.ts'
import { pageOf } from '../../src/server/metrics/exposition.ts'
import { readMetricsPage } from '../support/metrics-page.ts'
import type { MetricsPage } from '../support/metrics-page.ts'
import { jsonOf, runApp, runUpstream, send, until, UPSTREAM } from './app-under-test.ts'
import type { Received, RunningApp } from './app-under-test.ts'

const BODY = JSON.stringify({ thread_name: 't', conversation: [{ role: 'user', content: 'a hotel in Lisbon' }] })
const METRICS = { host: '127.0.0.1', port: null, token: '' } as const
/** One attempt for each request, so that requests and calls are the same. */
const ONE_CALL = { maxAttempts: 1, breaker: { failureThreshold: 5, recoveryMs: 60_000 } } as const

const fails: RequestListener = (_request, response) => void response.writeHead(500).end('{}')
const answers: RequestListener = (_request, response) => void response.end('{"text":"right"}')

async function runWith(
  t: TestContext,
  upstreams: Readonly<Record<string, RequestListener>>,
  options: Partial<UpstreamOptions> = {},
): Promise<RunningApp> {
  const addresses = await Promise.all(
    Object.entries(upstreams).map(async ([name, listener]) => ({ name, url: await runUpstream(t, listener) })),
  )
  return runApp(t, { metrics: METRICS, upstream: { ...UPSTREAM, ...ONE_CALL, addresses, ...options } })
}

function ads({ url }: RunningApp, signal?: AbortSignal): Promise<Received> {
  return send(`${url}/ads`, { method: 'POST', body: BODY, ...(signal === undefined ? {} : { signal }) })
}

function pageOfApp({ metrics }: RunningApp): MetricsPage {
  const values = new MergedValues()
  values.add(metrics?.() ?? assert.fail('metrics are off'), 0)
  return readMetricsPage(pageOf(values, 'prometheus'))
}

function breakerOf(app: RunningApp, upstream = 'a'): string {
  return app.stats().upstreams.find(({ name }) => name === upstream)?.breaker ?? assert.fail('no such upstream')
}

test('CB01 after five failures in a row the sixth request gets 503 with the wait, and the upstream has seen five', async (t) => {
  let calls = 0
  const app = await runWith(t, {
    a: (request, response) => {
      calls++
      fails(request, response)
    },
  })
  for (let request = 0; request < 5; request++) assert.equal((await ads(app)).status, 502)
  const refused = await ads(app)
  assert.deepEqual([refused.status, jsonOf(refused)['reason'], calls], [503, 'upstream_unavailable', 5])
  const retryAfterS = Number(refused.headers['retry-after'])
  assert.ok(retryAfterS > 50 && retryAfterS <= 60, `Retry-After: ${retryAfterS}`)
})

test('CB05 a client that leaves during the probe gives its place back, and the next call may probe', async (t) => {
  let listener = fails
  const held: ServerResponse[] = []
  const app = await runWith(
    t,
    { a: (request, response) => listener(request, response) },
    { breaker: { failureThreshold: 1, recoveryMs: 1 } },
  )
  await ads(app)
  listener = (_request, response) => void held.push(response)
  const leave = new AbortController()
  const probing = async (): Promise<string> => {
    const { status } = await ads(app, leave.signal)
    return status === 503 ? probing() : 'answered'
  }
  const probe = probing().catch(() => 'left')
  await until(() => held.length === 1, 'the probe has arrived')
  assert.equal((await ads(app)).status, 503, 'there is one probe')
  leave.abort()
  assert.equal(await probe, 'left')
  listener = answers
  await until(async () => (await ads(app)).status === 200, 'another probe is let through')
  assert.equal(breakerOf(app), 'closed')
})

const NO_ANSWER = 'no answer in time'
const RESULTS: readonly (readonly [what: string, isFailure: boolean, listener: RequestListener])[] = [
  ['500', true, fails],
  ['a reset', true, (request) => void request.socket.resetAndDestroy()],
  [NO_ANSWER, true, () => undefined],
  [
    'an answer broken off',
    true,
    (_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half')
      setImmediate(() => response.destroy())
    },
  ],
  ['404', false, (_request, response) => void response.writeHead(404).end('{}')],
  ['429', false, (_request, response) => void response.writeHead(429).end('{}')],
]
for (const [what, isFailure, listener] of RESULTS) {
  test(`CB10 ${what} ${isFailure ? 'counts' : 'does not count'} as a failure`, async (t) => {
    const breaker = { failureThreshold: 2, recoveryMs: 60_000 }
    const timeoutMs = what === NO_ANSWER ? 150 : 5_000
    const times = { timeoutMs, headersTimeoutMs: timeoutMs, connectTimeoutMs: timeoutMs }
    const app = await runWith(t, { a: listener }, { ...times, breaker })
    await ads(app)
    await ads(app)
    assert.equal(breakerOf(app), isFailure ? 'open' : 'closed')
  })
}

test('CB10 what our own side refuses does not count: neither a full pool, nor an open circuit, nor a client that leaves', async (t) => {
  const held: ServerResponse[] = []
  const app = await runWith(
    t,
    { a: (_request, response) => void held.push(response) },
    { maxConnections: 1, maxPending: 0, breaker: { failureThreshold: 1, recoveryMs: 60_000 } },
  )
  const leave = new AbortController()
  const first = ads(app, leave.signal).catch(() => 'left')
  await until(() => held.length === 1, 'the only connection is busy')
  assert.equal(jsonOf(await ads(app))['reason'], 'pool_exhausted')
  leave.abort()
  await first
  await until(() => app.stats().upstreams[0]?.running === 0, 'its call has ended')
  assert.equal(breakerOf(app), 'closed')
  assert.equal(pageOfApp(app).sum('tune_circuit_breaker_failures_total'), 0)
})

test('CB11 calls that end in every wrong way at once are each counted once', async (t) => {
  let calls = 0
  const app = await runWith(
    t,
    {
      a: (request, response) => {
        const listener = RESULTS[calls++ % RESULTS.length]?.[2]
        listener?.(request, response)
      },
    },
    {
      timeoutMs: 2_000,
      headersTimeoutMs: 2_000,
      connectTimeoutMs: 2_000,
      maxConnections: 24,
      breaker: { failureThreshold: 1_000 },
    },
  )
  await Promise.all(Array.from({ length: 24 }, () => ads(app)))
  const [upstream] = app.stats().upstreams
  assert.deepEqual([upstream?.calls, upstream?.failures, upstream?.running], [24, 16, 0])
  assert.equal(pageOfApp(app).sum('tune_circuit_breaker_failures_total'), 16)
})

test('CB12 a call whose time is up is ended, and its connection is free only then', async (t) => {
  let closed = 0
  const app = await runWith(
    t,
    { a: (_request, response) => void response.once('close', () => closed++) },
    { timeoutMs: 150, headersTimeoutMs: 150, maxConnections: 1, maxPending: 5 },
  )
  const statuses = await Promise.all([ads(app), ads(app)])
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [502, 502],
  )
  await until(() => closed === 2, 'the upstream has seen both calls end')
  assert.equal(app.stats().upstreams[0]?.running, 0)
})

test('CB15 the open circuit of one upstream leaves the other alone', async (t) => {
  const app = await runWith(t, { a: fails, b: answers }, { breaker: { failureThreshold: 2, recoveryMs: 60_000 } })
  for (let request = 0; request < 6; request++) assert.equal(jsonOf(await ads(app))['upstream'], 'b')
  assert.deepEqual([breakerOf(app, 'a'), breakerOf(app, 'b')], ['open', 'closed'])
  assert.equal(app.stats().upstreams[0]?.calls, 2)
})

test('CB16 the worst state of all workers is told as 0, 1 or 2, and so is how many are in each', async (t) => {
  const broken = await runWith(t, { a: fails }, { breaker: { failureThreshold: 1, recoveryMs: 60_000 } })
  const whole = await runWith(t, { a: answers })
  for (const app of [broken, whole, whole]) await ads(app)
  const values = new MergedValues()
  for (const [slot, app] of [whole, broken, whole].entries()) values.add(app.metrics?.() ?? assert.fail(), slot)
  const page = readMetricsPage(pageOf(values, 'prometheus'))
  assert.equal(page.sum('tune_circuit_breaker_state', { upstream: 'a' }), 2)
  const workers = ['closed', 'half-open', 'open'].map((state) =>
    page.sum('tune_circuit_breaker_workers', { upstream: 'a', state }),
  )
  assert.deepEqual(workers, [2, 0, 1])
  assert.equal(page.sum('tune_circuit_breaker_trips_total', { upstream: 'a' }), 1)
})

test('CB09 in window mode half of the calls must fail before the circuit opens', async (t) => {
  let calls = 0
  const window = { calls: 10, minCalls: 4, failureFraction: 0.5, slowFraction: 1, slowCallMs: 60_000 }
  const app = await runWith(
    t,
    { a: (request, response) => (++calls % 2 === 0 ? fails : answers)(request, response) },
    { breaker: { failureThreshold: 1, recoveryMs: 60_000, window } },
  )
  for (let request = 0; request < 3; request++) await ads(app)
  assert.equal(breakerOf(app), 'closed')
  await ads(app)
  assert.equal(breakerOf(app), 'open')
})
