import assert from 'node:assert/strict'
import { test } from 'node:test'

import { startMetricsServer } from '../../../src/server/metrics/metrics-server.ts'
import { send } from '../app-under-test.ts'
import { freePort } from '../../support/free-port.ts'

test('ME06 the metrics port knows /metrics by GET and HEAD, and nothing else', async (t) => {
  const port = await freePort()
  t.after(await startMetricsServer({ host: '127.0.0.1', port }, (format) => `${format}\n`))
  const url = `http://127.0.0.1:${port}`
  const page = await send(`${url}/metrics?name=x`)
  assert.deepEqual([page.status, page.body.toString()], [200, 'prometheus\n'])
  assert.equal(page.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  const head = await send(`${url}/metrics`, { method: 'HEAD' })
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, '11', 0])
  const open = await send(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text' } })
  assert.equal(open.body.toString(), 'openmetrics\n')
  assert.equal((await send(`${url}/`)).status, 404)
  const posted = await send(`${url}/metrics`, { method: 'POST', body: 'x' })
  assert.deepEqual([posted.status, posted.headers['allow']], [405, 'GET, HEAD'])
})

test('ME06 many scrapes at the same time are all answered', async (t) => {
  const port = await freePort()
  t.after(await startMetricsServer({ host: '127.0.0.1', port }, () => 'page\n'))
  const answers = await Promise.all(Array.from({ length: 40 }, () => send(`http://127.0.0.1:${port}/metrics`)))
  assert.ok(answers.every(({ status, body }) => status === 200 && body.toString() === 'page\n'))
})
