import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'

import { jsonAnswer } from '../../../src/server/answer.ts'
import { MergedValues } from '../../../src/server/metrics/merged-values.ts'
import { pageOf } from '../../../src/server/metrics/exposition.ts'
import type { Route } from '../../../src/server/router.ts'
import { readMetricsPage } from '../../support/metrics-page.ts'
import type { MetricsPage } from '../../support/metrics-page.ts'
import { COMPRESSION, QUEUE, RATE_LIMIT, runApp, runUpstream, send, until, UPSTREAM } from '../app-under-test.ts'
import { CACHE } from '../cache-options.ts'
import type { RunningApp } from '../app-under-test.ts'

const METRICS = { host: '127.0.0.1', port: null, token: '' } as const
const FAILS: Route = {
  method: 'GET',
  path: '/fails',
  handle: () => Promise.reject(new Error('a mistake')),
}

function pageOfApp(app: RunningApp): MetricsPage {
  const values = new MergedValues()
  values.add(app.metrics?.() ?? assert.fail('metrics are off'), 0)
  return readMetricsPage(pageOf(values, 'prometheus'))
}

test('ME01 requests are counted by method, route and status, refused and failed ones too', async (t) => {
  const app = await runApp(t, { metrics: METRICS }, [FAILS])
  await send(`${app.url}/health`)
  await send(`${app.url}/health`, { method: 'HEAD' })
  await send(`${app.url}/work?cpu=x`)
  await send(`${app.url}/fails`)
  await send(`${app.url}/health`, { method: 'DELETE' })
  const page = pageOfApp(app)
  const count = (method: string, route: string, status: string): number =>
    page.sum('http_requests_total', { method, route, status })
  assert.equal(count('GET', '/health', '200'), 1)
  assert.equal(count('HEAD', '/health', '200'), 1)
  assert.equal(count('GET', '/work', '400'), 1)
  assert.equal(count('GET', '/fails', '500'), 1)
  assert.equal(count('DELETE', 'unmatched', '405'), 1)
  assert.equal(page.sum('http_requests_total'), 5)
  assert.equal(page.sum('http_request_duration_seconds_count'), 5)
  assert.equal(page.sum('http_requests_in_progress'), 0)
  assert.equal(page.sum('health_check_duration_seconds_count', { route: '/health' }), 2)
})

test('ME01 a request is in progress until it has its answer; one whose client leaves ends as 499', async (t) => {
  const app = await runApp(t, { metrics: METRICS })
  const abort = new AbortController()
  const left = send(`${app.url}/work?wait=5000`, { signal: abort.signal }).catch(() => undefined)
  await until(() => pageOfApp(app).sum('http_requests_in_progress') === 1, 'it is in progress')
  abort.abort()
  await left
  await until(() => pageOfApp(app).sum('http_requests_in_progress') === 0, 'it is over')
  assert.equal(pageOfApp(app).sum('http_requests_total', { status: '499' }), 1)
})

test('ME02 thousands of URLs and invented methods add one series each', async (t) => {
  const app = await runApp(t, { metrics: METRICS })
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  for (let url = 0; url < 2_000; url++) socket.write(`GET /${Math.random()}?q=${url} HTTP/1.1\r\nHost: a\r\n\r\n`)
  // Node's parser knows this method, and we do not.
  socket.write('PURGE /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  socket.resume()
  await once(socket, 'close')
  const page = pageOfApp(app)
  assert.deepEqual(
    page.find('http_requests_total').map(({ labels, value }) => [labels['method'], labels['route'], value]),
    [
      ['GET', 'unmatched', 2_000],
      ['OTHER', 'unmatched', 1],
    ],
  )
})

test('ME01 every layer that is switched on has its figures on the page', async (t) => {
  const upstream = await runUpstream(t, (_, response) => response.writeHead(200).end('{"ads":[]}'))
  const app = await runApp(
    t,
    {
      metrics: METRICS,
      cache: CACHE,
      rateLimit: { ...RATE_LIMIT, count: 5 },
      queue: QUEUE,
      compression: { ...COMPRESSION, minBytes: 10 },
      upstream: { ...UPSTREAM, addresses: [{ name: 'only', url: upstream }] },
    },
    [{ method: 'GET', path: '/long', handle: () => jsonAnswer(200, 'a'.repeat(1_000)) }],
  )
  const endpoint = { headers: { 'accept-encoding': 'gzip' } }
  await send(`${app.url}/api/v1/endpoint`, endpoint)
  await send(`${app.url}/api/v1/endpoint`, endpoint)
  await send(`${app.url}/long`)
  const body = JSON.stringify({ thread_name: 't', conversation: [{ role: 'user', content: 'hello' }] })
  assert.equal((await send(`${app.url}/ads`, { method: 'POST', body })).status, 200)
  await send(`${app.url}/long`)
  assert.equal((await send(`${app.url}/long`)).status, 429)
  const page = pageOfApp(app)
  const expected = {
    tune_rate_limit_requests_total: [5, { result: 'allowed' }],
    tune_cache_hits_total: [1],
    tune_cache_misses_total: [1],
    tune_cache_entries: [1],
    tune_queue_length: [0],
    tune_queue_wait_seconds_count: [4],
    tune_circuit_breaker_state: [0, { upstream: 'only' }],
    tune_circuit_breaker_trips_total: [0],
    tune_upstream_healthy: [1],
    tune_upstream_calls_total: [1, { upstream: 'only' }],
    tune_upstream_pool_connected: [1],
    tune_upstream_pool_free: [1],
    tune_upstream_pool_running: [0],
    tune_upstream_failovers_total: [0],
  } as const
  for (const [name, [value, labels]] of Object.entries(expected)) assert.equal(page.sum(name, labels), value, name)
  assert.equal(page.sum('tune_rate_limit_requests_total', { result: 'limited' }), 1)
  assert.ok(page.sum('tune_compression_input_bytes_total') > page.sum('tune_compression_output_bytes_total'))
  assert.ok(page.sum('tune_compression_skipped_total', { reason: 'not_accepted' }) >= 2)
  assert.ok(page.sum('tune_worker_cpu_seconds_total', { worker: '0' }) > 0)
  assert.ok(page.sum('tune_worker_resident_memory_bytes') > 10_000_000)
})

test('ME01 a circuit that opened is on the page as open, counted, and its upstream as not healthy', async (t) => {
  const app = await runApp(t, { metrics: METRICS })
  const body = JSON.stringify({ thread_name: 't', conversation: [{ role: 'user', content: 'hello' }] })
  for (let call = 0; call < 3; call++) await send(`${app.url}/ads`, { method: 'POST', body })
  const page = pageOfApp(app)
  assert.equal(page.sum('tune_circuit_breaker_state', { upstream: 'nowhere' }), 2)
  assert.equal(page.sum('tune_circuit_breaker_trips_total'), 1)
  assert.equal(page.sum('tune_circuit_breaker_failures_total'), 3)
  assert.equal(page.sum('tune_upstream_healthy'), 0)
  assert.ok(page.sum('tune_upstream_retries_total') >= 1)
  assert.equal((await send(`${app.url}/ready`)).status, 503)
})

test('ME06 nothing is recorded when metrics are off', async (t) => {
  const app = await runApp(t)
  assert.equal(app.metrics, null)
})

test('ME07 /health answers while the upstream hangs, and asks nobody', async (t) => {
  let calls = 0
  const upstream = await runUpstream(t, () => void calls++)
  const app = await runApp(t, { upstream: { ...UPSTREAM, addresses: [{ name: 'hangs', url: upstream }] } })
  for (const path of ['/health', '/api/v1/health', '/ready']) {
    assert.equal((await send(`${app.url}${path}`)).status, 200, path)
  }
  assert.equal(calls, 0)
})

test('ME08 the server counts no request as slower than its client saw it', async (t) => {
  const app = await runApp(t, { metrics: METRICS })
  const clientSeconds: number[] = []
  for (let request = 0; request < 40; request++) {
    const startedMs = performance.now()
    await send(`${app.url}/work?wait=${request}`)
    clientSeconds.push((performance.now() - startedMs) / 1_000)
  }
  const buckets = pageOfApp(app).find('http_request_duration_seconds_bucket', { route: '/work' })
  for (const { labels, value } of buckets) {
    const bound = Number(String(labels['le']).replace('+Inf', 'Infinity'))
    const seenByClient = clientSeconds.filter((seconds) => seconds <= bound).length
    assert.ok(value >= seenByClient, `at most ${bound} s: ${value} here, ${seenByClient} at the client`)
    // A timer may fire up to a millisecond early, and never more.
    const shortEnough = clientSeconds.filter((_, wait) => (wait - 1) / 1_000 <= bound).length
    assert.ok(value <= shortEnough, `at most ${bound} s: ${value} here, ${shortEnough} asked for so little`)
  }
})

test('ME07 /health and /ready pass by limiter and queue when both are full: alive, not ready, and their times are told', async (t) => {
  let release = (): void => undefined
  const held: Route = {
    method: 'GET',
    path: '/held',
    handle: () => new Promise((resolve) => (release = () => resolve(jsonAnswer(200, {})))),
  }
  const limited = { metrics: METRICS, rateLimit: { ...RATE_LIMIT, count: 3 }, queue: QUEUE }
  const app = await runApp(t, limited, [held])
  const holding = [send(`${app.url}/held`), send(`${app.url}/held`)]
  await until(() => pageOfApp(app).sum('tune_queue_length') === 1, 'the queue is full')
  assert.equal((await send(`${app.url}/work`)).status, 503)
  assert.equal((await send(`${app.url}/work`)).status, 429)
  for (const [path, status] of [
    ['/health', 200],
    ['/ready', 503],
  ] as const) {
    assert.equal((await send(`${app.url}${path}`)).status, status, path)
    assert.equal(pageOfApp(app).sum('health_check_duration_seconds_count', { route: path }), 1)
  }
  release()
  await holding[0]
  await until(() => pageOfApp(app).sum('tune_queue_length') === 0, 'the second runs')
  assert.equal((await send(`${app.url}/ready`)).status, 200)
  release()
  assert.equal((await holding[1])?.status, 200)
})

test('ME07 /ready is 503 while the server drains', async (t) => {
  const app = await runApp(t)
  const { hostname, port } = new URL(app.url)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const ask = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      get({ hostname, port, path, agent }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0))
      }).once('error', reject)
    })
  assert.equal(await ask('/ready'), 200)
  // The connection that was kept is served for a while yet.
  const drained = app.drain(500)
  assert.equal(await ask('/ready'), 503)
  await drained
})
