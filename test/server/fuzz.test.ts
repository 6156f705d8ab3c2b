import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'

import { seededRandom } from '../../src/core/random.ts'
import { resolveSettings } from '../../src/core/settings.ts'
import { createApp } from '../../src/server/app.ts'
import { serverOptions } from '../../src/server/options.ts'
import { runUpstream, send, until } from './app-under-test.ts'
import { fuzzedRequest } from './fuzz-requests.ts'
import { fuzz } from './fuzz-run.ts'

const REQUESTS = 2_000

test('the same seed fuzzes the same request, and another one another', () => {
  assert.deepEqual(fuzzedRequest(7), fuzzedRequest(7))
  assert.notDeepEqual(fuzzedRequest(7), fuzzedRequest(8))
})

test(`after ${REQUESTS} fuzzed requests nothing hangs, nothing was an internal error, and no place or connection is taken`, async (t) => {
  const upstream = await runUpstream(t, (_request, response) => response.end('{}'))
  const flags = {
    UPSTREAMS: `a=${upstream}`,
    QUEUE_ENABLED: 'true',
    QUEUE_CONCURRENCY: '8',
    QUEUE_SIZE: '8',
    RATE_LIMIT_DEFAULT: '100/second',
    MAX_REQUEST_SIZE: '65536',
  }
  const errors: unknown[] = []
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  t.after(() => process.off('warning', onWarning))
  const options = serverOptions(resolveSettings({ flags, environment: {} }), 1)
  const app = createApp(options, { random: seededRandom(1), onError: (error) => errors.push(error) })
  app.server.listen(0, '127.0.0.1')
  await once(app.server, 'listening')
  t.after(() => app.drain(0))
  const address = app.server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`

  const { statuses, hung, wrong } = await fuzz(url, { from: 0, count: REQUESTS, parallel: 32 })
  t.diagnostic(JSON.stringify(statuses))
  assert.deepEqual({ hung, wrong, errors }, { hung: [], wrong: [], errors: [] })
  for (const status of ['200', '400', '404', '405', '413', '431']) assert.ok((statuses[status] ?? 0) > 0, status)
  assert.equal((await send(`${url}/api/v1/endpoint?item=1`)).status, 200)
  const connections = async (): Promise<number> =>
    new Promise((resolve, reject) => {
      app.server.getConnections((error, found) => (error === null ? resolve(found) : reject(error)))
    })
  await until(async () => (await connections()) === 0, 'no connection is left')
  const { queue } = app.stats()
  assert.deepEqual([queue?.running, queue?.waiting], [0, 0])
  assert.deepEqual(warnings, [], 'such as too many listeners')
})
