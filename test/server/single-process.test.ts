import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { test } from 'node:test'

import { resolveSettings } from '../../src/core/settings.ts'
import type { ResolvedSettings } from '../../src/core/settings.ts'
import { isAlive } from '../support/run-tune.ts'
import { runServer } from '../support/running-server.ts'
import { jsonOf, send, until } from './app-under-test.ts'

const ADS = {
  method: 'POST',
  body: JSON.stringify({ thread_name: 't', conversation: [{ role: 'user', content: 'hello' }] }),
}

function settings(flags: Readonly<Record<string, string>>): ResolvedSettings {
  return resolveSettings({ flags, environment: {}, preset: 'bench' })
}

/** Whether the response cache is on, and the client's port: the same one means the same connection. */
async function get(
  url: string,
  agent: Agent,
): Promise<{ readonly isCached: boolean; readonly port: number | undefined }> {
  const [response] = (await once(request(url, { agent }).end(), 'response')) as [IncomingMessage]
  const port = response.socket.localPort
  response.resume()
  await once(response, 'end')
  return { isCached: response.headers['x-cache'] !== undefined, port }
}

test('WK12 without workers one process serves, with the same features', async (t) => {
  const server = await runServer(t, { WEB_CONCURRENCY: '0', MAX_REQUESTS: '1', WORKER_TIMEOUT: '1' })
  const [pid, ...others] = server.pids()
  assert.deepEqual([others, server.workers], [[], 1])
  const url = `${server.url}/api/v1/endpoint?item=1`
  assert.equal((await send(url)).headers['x-cache'], 'MISS')
  assert.equal((await send(url)).headers['x-cache'], 'HIT')
  assert.equal(jsonOf(await send(`${server.url}/ads`, ADS))['upstream'], 'primary')
  await server.setFault('primary', { errorRate: 1 })
  assert.equal(jsonOf(await send(`${server.url}/ads`, ADS))['upstream'], 'secondary')
  const stats = await server.stats()
  assert.deepEqual([stats.primaryPid, stats.workers.map((worker) => worker.pid)], [pid, [pid]])
  assert.equal(stats.workers[0]?.requests, 4)
  assert.deepEqual([stats.recycled, stats.crashed, server.warnings], [0, 0, []])
})

test('WK12 without workers other settings are taken over on the same connection, and what is under way is answered', async (t) => {
  const server = await runServer(t, { WEB_CONCURRENCY: '0' })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const url = `${server.url}/api/v1/endpoint?item=1`
  const before = await get(url, agent)
  assert.ok(before.isCached && before.port !== undefined)
  const underWay = send(`${server.url}/work?wait=300`)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const pids = server.pids()
  const changed = await server.apply(settings({ WEB_CONCURRENCY: '0', CACHE_ENABLED: 'false' }))
  assert.deepEqual(changed.live, ['CACHE_ENABLED'])
  assert.equal((await underWay).status, 200)
  assert.deepEqual(await get(url, agent), { isCached: false, port: before.port }, 'the connection stays')
  assert.deepEqual(server.pids(), pids)
  assert.equal((await server.stats()).workers[0]?.cache, null)
})

test('WK12 a running server does not change between workers and a single process', async (t) => {
  const server = await runServer(t, { WEB_CONCURRENCY: '0' })
  await assert.rejects(server.apply(settings({ WEB_CONCURRENCY: '2' })), {
    name: 'TargetError',
    message: /cannot change between workers and a single process/,
  })
  assert.equal((await send(`${server.url}/work`)).status, 200)
})

test('WK12 a single process drains when it is told to stop', async (t) => {
  const server = await runServer(t, { WEB_CONCURRENCY: '0' })
  const pids = server.pids()
  const underWay = send(`${server.url}/work?wait=300`)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const [{ status }] = await Promise.all([underWay, server.stop()])
  assert.equal(status, 200)
  await until(() => !pids.some(isAlive), 'it has ended')
})
