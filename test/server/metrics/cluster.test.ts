import assert from 'node:assert/strict'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'node:test'

import { TargetError } from '../../../src/core/errors.ts'
import { freePort } from '../../support/free-port.ts'
import { readMetricsPage } from '../../support/metrics-page.ts'
import { send, until } from '../app-under-test.ts'
import { runObservedServer } from './running-server.ts'

test('ME06 the metrics port answers while every worker is blocked', async (t) => {
  const { target, scrape } = await runObservedServer(t, { WEB_CONCURRENCY: '1' })
  await send(`${target.url}/health`)
  let isBusy = true
  const busy = send(`${target.url}/work?cpu=1500`).then(() => (isBusy = false))
  await until(async () => (await target.stats()).silentPids.length === 1, 'the worker is blocked')
  const page = await scrape()
  assert.ok(isBusy, 'the page came before the worker was free again')
  assert.equal(page.sum('tune_workers'), 1)
  await busy
  await until(async () => (await scrape()).total('http_requests_total') === 2, 'both requests are counted')
})

test('ME06 a metrics port that is taken stops the start and is said so', async (t) => {
  const { metricsUrl } = await runObservedServer(t, { WEB_CONCURRENCY: '1' })
  const { port } = new URL(metricsUrl)
  await assert.rejects(runObservedServer(t, { METRICS_PORT: port }), (error) => {
    assert.ok(error instanceof TargetError)
    assert.match(error.message, new RegExp(`METRICS_PORT: port ${port} on 127\\.0\\.0\\.1 is taken`))
    assert.match(String(error.hint), /METRICS_PORT/)
    return true
  })
})

test('ME06 the server and its metrics need two ports', async (t) => {
  const port = await freePort()
  await assert.rejects(runObservedServer(t, { METRICS_PORT: String(port) }, { port }), /both/)
})

test('ME06 nothing listens on METRICS_PORT with ENABLE_METRICS=false, nor for a server under test', async (t) => {
  const off = await runObservedServer(t, { ENABLE_METRICS: 'false', METRICS_TOKEN: 'long-enough' })
  await assert.rejects(off.scrape(), /ECONNREFUSED/)
  const headers = { authorization: 'Bearer long-enough' }
  assert.equal((await send(`${off.target.url}/metrics`, { headers })).status, 404)
  const measured = await runObservedServer(t, {}, { opensMetricsPort: false })
  await assert.rejects(measured.scrape(), /ECONNREFUSED/)
})

test('ME06 the main port shows the metrics of all workers to who carries the token, and 404 to everybody else', async (t) => {
  const { target, scrape } = await runObservedServer(t, { WEB_CONCURRENCY: '2', METRICS_TOKEN: 'long-enough' })
  const url = `${target.url}/metrics`
  for (const headers of [{}, { authorization: 'Bearer wrong-one' }, { authorization: 'Basic long-enough' }]) {
    const { status, body } = await send(url, { headers })
    assert.deepEqual([status, (await send(`${target.url}/nothing`)).body], [404, body])
  }
  await until(async () => (await scrape()).total('http_requests_total', { status: '404' }) === 6, 'all are counted')
  const authorized = { authorization: 'bearer long-enough', accept: 'application/openmetrics-text' }
  const { status, headers, body } = await send(url, { headers: authorized })
  assert.equal(status, 200)
  assert.match(String(headers['content-type']), /^application\/openmetrics-text; version=1\.0\.0/)
  const page = readMetricsPage(body.toString(), 'openmetrics')
  assert.equal(page.sum('tune_workers'), 2)
  assert.equal(page.sum('http_requests_total', { route: 'unmatched', status: '404' }), 6)
})

test('WK12 a server without workers has the same metrics and log', async (t) => {
  const log = new PassThrough()
  const { target, scrape } = await runObservedServer(
    t,
    { WEB_CONCURRENCY: '0', METRICS_TOKEN: 'long-enough', LOG_LEVEL: 'info' },
    { log },
  )
  await send(`${target.url}/work`)
  await until(async () => (await scrape()).find('http_requests_total').length > 0, 'it is counted')
  const headers = { authorization: 'Bearer long-enough' }
  assert.equal((await send(`${target.url}/metrics`, { headers })).status, 200)
  await target.stop()
  const lines = String(log.read()).trim().split('\n')
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { path: string }).path),
    ['/work'],
  )
})

test('every request of every worker is one whole line of the log, the last ones included', async (t) => {
  const chunks: Buffer[] = []
  const log = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk)
      done()
    },
  })
  const { target } = await runObservedServer(t, { WEB_CONCURRENCY: '2', LOG_LEVEL: 'info' }, { log })
  const paths = Array.from({ length: 300 }, (_, request) => `/work?request=${request}`)
  await Promise.all(paths.map((path) => send(target.url + path)))
  await target.stop()
  const lines = Buffer.concat(chunks).toString().trim().split('\n')
  assert.equal(lines.length, 300)
  for (const line of lines) assert.equal((JSON.parse(line) as { status: number }).status, 400)
})
