import assert from 'node:assert/strict'
import { test } from 'node:test'

import { COMPRESSION, jsonOf, runApp, send, until } from './app-under-test.ts'

/** Nearly a second of work on the event loop. */
function block(): void {
  const endMs = performance.now() + 990
  while (performance.now() < endMs);
}

test('QU15 a worker whose event loop is busy refuses all but health checks, and takes requests again when it is calm', async (t) => {
  const app = await runApp(t, {
    pressure: { loopFraction: 0.6, memoryFraction: 0 },
    metrics: { port: null, host: '127.0.0.1', token: '' },
  })
  assert.equal((await send(`${app.url}/work`)).status, 200)
  await until(async () => {
    block()
    return (await send(`${app.url}/work`)).status === 503
  }, 'it refuses')
  const refused = await send(`${app.url}/work`)
  assert.deepEqual(
    [refused.status, jsonOf(refused)['reason'], refused.headers['retry-after']],
    [503, 'pressure_event_loop', '2'],
  )
  assert.equal((await send(`${app.url}/health`)).status, 200)
  const counts = app.metrics?.().get('tune_pressure_refused_total')
  assert.ok([...(counts?.values() ?? [])].some(([count = 0]) => count >= 2))
  await until(async () => (await send(`${app.url}/work`)).status === 200, 'it takes requests again')
})

test('QU15 a worker that uses more than its share of the memory says so', async (t) => {
  const app = await runApp(t, { pressure: { loopFraction: 0, memoryFraction: 0.000_01 } })
  await until(async () => (await send(`${app.url}/work`)).status === 503, 'it refuses')
  const statuses = new Set<number>()
  await until(async () => {
    const answer = await send(`${app.url}/work`)
    statuses.add(answer.status)
    if (answer.status === 503) assert.equal(jsonOf(answer)['reason'], 'pressure_memory')
    return statuses.size === 2
  }, 'one passes all the same')
})

test('CO07 COMPRESSION_MAX_LOOP has answers sent plain while the event loop is busy', async (t) => {
  const app = await runApp(t, { compression: { ...COMPRESSION, maxLoopFraction: 0.6 } })
  const encoding = async (): Promise<unknown> =>
    (await send(`${app.url}/work?bytes=5000`, { headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding']
  assert.equal(await encoding(), 'gzip')
  await until(async () => {
    block()
    return (await encoding()) === undefined
  }, 'answers are plain')
  await until(async () => (await encoding()) === 'gzip', 'answers are compressed again')
})
