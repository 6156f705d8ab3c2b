import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { resolveSettings } from '../../../src/core/settings.ts'
import { createApp } from '../../../src/server/app.ts'
import { serverOptions } from '../../../src/server/options.ts'
import type { RateLimitOptions } from '../../../src/server/options/rate-limit.ts'
import { PLAIN, send } from '../app-under-test.ts'
import type { Received } from '../app-under-test.ts'

const RIGHT = { authorization: 'Bearer long-enough' }
const WRONG = { authorization: 'Bearer long-enougi' }

async function run(t: TestContext, rateLimit: RateLimitOptions | null): Promise<string> {
  const metrics = { host: '127.0.0.1', port: null, token: 'long-enough' }
  const app = createApp({ ...PLAIN, metrics, rateLimit }, { metricsPage: () => Promise.resolve('the page') })
  app.server.listen(0, '127.0.0.1')
  await once(app.server, 'listening')
  t.after(() => app.drain(0))
  const { port } = app.server.address() as AddressInfo // it listens on a port
  return `http://127.0.0.1:${port}`
}

/** All that a client sees, without what differs between any two answers. */
function seen({ status, headers, body }: Received): unknown {
  const { date: _date, 'x-request-id': _id, 'x-process-time': _time, ...others } = headers
  return { status, headers: others, body: body.toString() }
}

for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
  test(`ME06 without the right token ${method} /metrics is answered as a path that does not exist`, async (t) => {
    const url = await run(t, null)
    const unknown = seen(await send(`${url}/metricz`, { method }))
    for (const headers of [{}, WRONG, { authorization: 'Basic long-enough' }]) {
      assert.deepEqual(seen(await send(`${url}/metrics`, { method, headers })), unknown)
    }
  })
}

test('ME06 with the right token there is a page, and other methods are told which ones there are', async (t) => {
  const url = await run(t, null)
  assert.equal((await send(`${url}/metrics`, { headers: RIGHT })).body.toString(), 'the page')
  const { status, headers } = await send(`${url}/metrics`, { method: 'POST', headers: RIGHT })
  assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'])
})

test('RL08 whoever guesses tokens goes through the rate limiter, whoever has the right one does not', async (t) => {
  const limited = resolveSettings({ flags: { RATE_LIMIT_DEFAULT: '3/hour' }, environment: {} })
  const url = await run(t, serverOptions(limited, 1).rateLimit)
  const statuses: number[] = []
  for (let guess = 0; guess < 5; guess++) statuses.push((await send(`${url}/metrics`, { headers: WRONG })).status)
  assert.deepEqual(statuses, [404, 404, 404, 429, 429])
  assert.equal((await send(`${url}/metrics`, { headers: RIGHT })).status, 200)
})
