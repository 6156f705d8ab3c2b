import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { test } from 'node:test'

import type { BundledTarget } from '../../src/server/bundled-target.ts'
import { accountProcess } from '../../src/host/process-account.ts'
import { resolveSettings } from '../../src/core/settings.ts'
import type { ResolvedSettings } from '../../src/core/settings.ts'
import { isAlive } from '../support/run-tune.ts'
import { runServer } from '../support/running-server.ts'
import { jsonOf, send, until } from './app-under-test.ts'
import { runObservedServer } from './metrics/running-server.ts'

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

const WITH_QUEUE = { WEB_CONCURRENCY: '0', QUEUE_ENABLED: 'true', GRACEFUL_TIMEOUT: '10' }

/** A request that a server with a queue works on when this resolves, and what becomes of it. */
async function begin(server: BundledTarget, path: string): Promise<{ readonly answer: ReturnType<typeof send> }> {
  const answer = send(server.url + path)
  await until(async () => {
    const { workers } = await server.stats()
    return workers.some(({ queue }) => queue?.running === 1)
  }, 'it is under way')
  return { answer }
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
  const server = await runServer(t, WITH_QUEUE)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const url = `${server.url}/api/v1/endpoint?item=1`
  const before = await get(url, agent)
  assert.ok(before.isCached && before.port !== undefined)
  const underWay = await begin(server, '/work?wait=1000')
  const pids = server.pids()
  const changed = await server.apply(settings({ ...WITH_QUEUE, CACHE_ENABLED: 'false' }))
  assert.deepEqual(changed.live, ['CACHE_ENABLED'])
  assert.equal((await underWay.answer).status, 200)
  assert.deepEqual(await get(url, agent), { isCached: false, port: before.port }, 'the connection stays')
  assert.deepEqual(server.pids(), pids)
  assert.equal((await server.stats()).workers[0]?.cache, null)
})

test('WK12 without workers other settings are taken over before what is under way ends', async (t) => {
  const server = await runServer(t, WITH_QUEUE)
  const underWay = await begin(server, '/work?wait=2000')
  const ends: string[] = []
  const applied = server.apply(settings({ ...WITH_QUEUE, CACHE_ENABLED: 'false' })).then(() => ends.push('applied'))
  const answered = underWay.answer.then(({ status }) => ends.push(`answered with ${status}`))
  await Promise.all([applied, answered])
  assert.deepEqual(ends, ['applied', 'answered with 200'])
})

test('WK12 a single process that is told to stop also ends what the app before works on', async (t) => {
  const server = await runServer(t, WITH_QUEUE)
  const underWay = await begin(server, '/work?wait=1000')
  await server.apply(settings({ ...WITH_QUEUE, CACHE_ENABLED: 'false' }))
  const [{ status }] = await Promise.all([underWay.answer, server.stop()])
  assert.equal(status, 200)
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
  const server = await runServer(t, WITH_QUEUE)
  const pids = server.pids()
  const underWay = await begin(server, '/work?wait=1000')
  const [{ status }] = await Promise.all([underWay.answer, server.stop()])
  assert.equal(status, 200)
  await until(() => !pids.some(isAlive), 'it has ended')
})

test(
  'WK12 CPU time is told once, however often a single process is reloaded',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const flags = { WEB_CONCURRENCY: '0' }
    const { target, scrape } = await runObservedServer(t, flags)
    const [pid = assert.fail('no process')] = target.pids()
    const told = async (): Promise<number> => (await scrape()).sum('tune_worker_cpu_seconds_total')
    await send(`${target.url}/work?cpu=500`)
    for (let reloads = 0; reloads < 2; reloads++) {
      const before = await told()
      await target.reload(settings({ ...flags, UPSTREAMS: 'none=http://127.0.0.1:9' }))
      await until(async () => (await told()) > before, 'it tells its figures again')
    }
    const toldS = await told()
    const usedS = (accountProcess(pid)?.cpuMs ?? 0) / 1_000
    // The kernel's own account of a running process is a few ticks behind.
    assert.ok(toldS >= 0.5 && toldS <= usedS * 1.1, `${toldS} s are told of ${usedS} s`)
  },
)
