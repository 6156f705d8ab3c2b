import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'

import { TargetError } from '../../src/core/errors.ts'
import { resolveSettings } from '../../src/core/settings.ts'
import { PrimaryLink } from '../../src/server/primary-link.ts'
import { reusePortWarning } from '../../src/server/reuse-port.ts'
import { isAlive } from '../support/run-tune.ts'
import { inWorkers, preload, runServer } from '../support/running-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { jsonOf, PLAIN, send, until } from './app-under-test.ts'

test('WK05 workers that wear out faster than they may be replaced are told of with a better MAX_REQUESTS', async (t) => {
  const server = await runServer(t, { WEB_CONCURRENCY: '1', MAX_REQUESTS: '10', MAX_REQUESTS_JITTER: '0' })
  const [first] = server.workerPids()
  for (let request = 0; request < 12; request++) await send(`${server.url}/work`)
  await until(() => server.warnings.length > 0, 'there is a warning')
  assert.match(server.warnings[0] ?? '', /MAX_REQUESTS=10 in .* s; .* MAX_REQUESTS=\d+ would let it live for a minute/)
  let capacity = 1
  await until(() => {
    capacity = Math.min(capacity, server.workerPids().length)
    return server.workerPids()[0] !== first
  }, 'the worker is replaced')
  assert.equal(capacity, 1, 'WK04 there was always a worker')
  assert.equal(server.warnings.length, 1, 'one hint is enough')
  assert.equal((await server.stats()).recycled, 1)
})

test('WK06 a worker in a busy loop is killed and replaced, and nothing else is lost', async (t) => {
  const server = await runServer(t, { WEB_CONCURRENCY: '2', WORKER_TIMEOUT: '1' })
  const before = server.workerPids()
  const hung = send(`${server.url}/work?cpu=10000`).then(
    () => 'answered',
    () => 'lost',
  )
  await until(async () => (await server.stats()).silentPids.length === 1, 'it is busy')
  const others = Array.from({ length: 6 }, () => send(`${server.url}/work`))
  await until(() => before.some((pid) => !server.workerPids().includes(pid)), 'the hung worker is gone')
  await until(() => server.workerPids().length === 2, 'there are two again')
  assert.equal(await hung, 'lost')
  for (const { status } of await Promise.all(others))
    assert.equal(status, 200, 'also one that the hung worker was given')
  assert.match(
    server.warnings.join('\n'),
    /gave no sign of life for 1(?:\.\d)? s \(WORKER_TIMEOUT is 1 s\) .*; it was busy/,
  )
  assert.equal(server.workerPids().filter((pid) => before.includes(pid)).length, 1, 'the other one stays')
  assert.equal((await server.stats()).crashed, 1)
  assert.equal((await send(`${server.url}/work`)).status, 200)
})

test('WK07 a worker that is killed takes exactly the requests with it that were under way on its connections', async (t) => {
  const server = await runServer(t, { WEB_CONCURRENCY: '2', QUEUE_ENABLED: 'true' })
  const clients = Array.from({ length: 12 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  t.after(() => clients.forEach((agent) => agent.destroy()))
  const [victim = assert.fail('no worker')] = server.workerPids()
  const isVictims: boolean[] = []
  for (const agent of clients) isVictims.push(jsonOf(await send(`${server.url}/stats`, { agent }))['pid'] === victim)
  assert.ok(isVictims.includes(true) && isVictims.includes(false))
  const underWay = clients.map((agent) =>
    send(`${server.url}/work?wait=4000`, { agent }).then(
      ({ status }) => status === 200,
      () => false,
    ),
  )
  await until(async () => {
    const { workers } = await server.stats()
    return workers.reduce((sum, { queue }) => sum + (queue?.running ?? 0), 0) === clients.length
  }, 'all are under way')
  process.kill(victim, 'SIGKILL')
  const isAnswered = await Promise.all(underWay)
  assert.deepEqual(
    isAnswered,
    isVictims.map((wasVictims) => !wasVictims),
  )
})

test('WK07 a server whose workers end before they serve does not start, and says what they said', async (t) => {
  preload(t, inWorkers(`process.stderr.write('the licence has expired\\n'); process.exit(3)`))
  await assert.rejects(runServer(t, { WEB_CONCURRENCY: '2' }), (error) => {
    assert.ok(error instanceof TargetError)
    assert.match(error.message, /its workers end while they start \(exit code 3\)/)
    assert.match(error.message, /the licence has expired/)
    return true
  })
})

test('WK11 a worker that dies before it is up is started again', async (t) => {
  const folder = temporaryFolder('worker')
  const died = join(folder, 'died')
  const file = JSON.stringify(died)
  const code = `const fs = await import('node:fs'); if (!fs.existsSync(${file})) { fs.writeFileSync(${file}, ''); process.kill(process.pid, 'SIGKILL') }`
  preload(t, inWorkers(code))
  const server = await runServer(t, { WEB_CONCURRENCY: '1' })
  assert.ok(existsSync(died))
  assert.equal((await server.stats()).crashed, 1)
  assert.equal((await send(`${server.url}/work`)).status, 200)
})

test('WK11 garbage and a flood from a worker do not disturb the primary', async (t) => {
  const garbage = `[null, 17, 'x', [], {}, { type: '__proto__' }, { type: 'nonsense' }, { type: 'worn' },
    { type: 'worn', reason: 'boredom', requests: 1, rssBytes: 1 }, { type: 'stats', id: 'x' },
    { type: 'stats', id: 1e9, stats: {} }, { type: 'failed', message: 3 }, { type: 'failed', message: 'not at all' },
    { type: 'listening' }, { type: 'listening' }, { cmd: 'NODE_nonsense' }]`
  const flood = `for (let n = 0; n < 5_000; n++) process.send({ type: 'nonsense', n })`
  const sendAll = `for (const g of ${garbage}) process.send(g); ${flood}`
  preload(t, inWorkers(`process.on('message', ({ type }) => { if (type === 'stats') { ${sendAll} } })`))
  const server = await runServer(t, { WEB_CONCURRENCY: '2' })
  const before = server.pids()
  await server.stats()
  await until(async () => (await server.stats()).workers.length === 2, 'both answer again')
  const { workers, silentPids, crashed, recycled } = await server.stats()
  assert.deepEqual([workers.length, silentPids.length, crashed, recycled], [2, 0, 0, 0])
  assert.deepEqual(server.pids(), before)
  assert.equal((await send(`${server.url}/work`)).status, 200)
})

test('WK10 options that no worker can serve with are refused, and the ones before stay in force', async (t) => {
  const primary = new PrimaryLink([], [], () => undefined)
  t.after(() => primary.stop(5_000))
  const options = { ...PLAIN, workers: 2 }
  const url = await primary.start(options, 1, undefined)
  const before = primary.pids
  const impossible = { ...options, upstream: { ...options.upstream, addresses: [] } }
  await assert.rejects(primary.apply(impossible), {
    name: 'TargetError',
    message: /no worker can serve with the new settings .* the ones before stay in force/,
  })
  assert.deepEqual(primary.pids, before, 'the workers are the same')
  assert.equal((await send(`${url}/work`)).status, 200)
  await primary.apply({ ...options, workers: 3 })
  await until(() => primary.pids.length === 4, 'others can be applied')
})

test('WK10 a worker count that is lowered while the server runs ends the surplus and loses nothing', async (t) => {
  const server = await runServer(t, { WEB_CONCURRENCY: '3' })
  const whileServing = new AbortController()
  const statuses = new Set<number>()
  const client = (async () => {
    while (!whileServing.signal.aborted) statuses.add((await fetch(`${server.url}/work`)).status)
  })()
  await server.apply(resolveSettings({ flags: { WEB_CONCURRENCY: '1' }, environment: {}, preset: 'bench' }))
  whileServing.abort()
  await client
  assert.deepEqual([...statuses], [200])
  assert.deepEqual([server.workers, server.workerPids().length], [1, 1])
})

test('WK10 a reload replaces all workers although no setting has changed', async (t) => {
  const server = await runServer(t, { WEB_CONCURRENCY: '2' })
  const before = server.workerPids()
  const changed = await server.reload(
    resolveSettings({ flags: { WEB_CONCURRENCY: '2' }, environment: {}, preset: 'bench' }),
  )
  assert.deepEqual(changed, { live: [], restart: [] })
  await until(() => server.workerPids().length === 2, 'there are two')
  assert.ok(!server.workerPids().some((pid) => before.includes(pid)))
})

test('WK10 a primary that is killed leaves nothing behind, not even a worker in a busy loop, and its port is free', async (t) => {
  const server = await runServer(t, { WEB_CONCURRENCY: '2' })
  const pids = server.pids()
  const [primary = assert.fail('no primary')] = pids
  const busy = send(`${server.url}/work?cpu=9000`).catch(() => undefined)
  await until(async () => (await server.stats()).silentPids.length === 1, 'one worker is busy')
  process.kill(primary, 'SIGKILL')
  assert.match((await server.exited).reason, /SIGKILL/)
  await until(() => !pids.some(isAlive), 'all have ended')
  await busy
  const again = createServer().listen(Number(new URL(server.url).port), '127.0.0.1')
  await once(again, 'listening')
  again.close()
})

test('WK09 the workers get connections in turn', async (t) => {
  const server = await runServer(t, { WEB_CONCURRENCY: '2' })
  for (let connection = 0; connection < 100; connection++) await send(`${server.url}/work`)
  for (const { requests } of (await server.stats()).workers) assert.ok(requests >= 40 && requests <= 60, `${requests}`)
})

test('WK09 REUSE_PORT serves without the primary, and warns of what it costs', async (t) => {
  const server = await runServer(t, { WEB_CONCURRENCY: '2', REUSE_PORT: 'true' })
  const [primary = assert.fail('no primary')] = server.pids()
  const statuses = await Promise.all(Array.from({ length: 40 }, async () => (await send(`${server.url}/work`)).status))
  assert.deepEqual([...new Set(statuses)], [200])
  const { workers } = await server.stats()
  assert.equal(
    workers.reduce((sum, { requests }) => sum + requests, 0),
    40,
  )
  process.kill(primary, 'SIGSTOP')
  t.after(() => isAlive(primary) && process.kill(primary, 'SIGCONT'))
  assert.equal((await send(`${server.url}/work`)).status, 200, 'the primary takes no part')
  process.kill(primary, 'SIGCONT')
  const warning = reusePortWarning({ ...PLAIN, reusePort: true, workers: 2 })
  assert.deepEqual(server.warnings, warning === undefined ? [] : [warning])
})
