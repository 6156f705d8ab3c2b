import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import type { RequestCounts } from '../../src/core/measurement.ts'
import type { PlannedRequest } from '../../src/core/workload.ts'
import { residentBytes } from '../../src/host/process-account.ts'
import { startGenerators } from '../../src/load/generators.ts'
import { send, until } from '../server/app-under-test.ts'
import { GET, openWorkload, planFor } from '../support/plans.ts'
import { isAlive } from '../support/run-tune.ts'
import { inWorkers, preload, runShippedServer } from '../support/running-server.ts'
import type { RunningServer } from '../support/running-server.ts'
import { startUploads } from '../support/uploads.ts'

const LOAD_MS = 30_000
/** Three times as many as 500/s of 10 ms need. */
const CONNECTIONS = 16
const RECYCLED_OFTEN = { WEB_CONCURRENCY: '4', MAX_REQUESTS: '500', MAX_REQUESTS_JITTER: '100', GRACEFUL_TIMEOUT: '15' }

interface Loaded {
  readonly counts: RequestCounts
  readonly errors: Readonly<Record<string, number>>
}

/**
 * 50 users with a keep-alive connection each for 30 s, from a process of its own. They think for 20 to 40 ms, so that
 * connections are idle now and then, and the machine has time to start workers.
 */
async function load(t: TestContext, url: string, requests: readonly PlannedRequest[], users = 50): Promise<Loaded> {
  const generator = await startGenerators({ cpus: [] })
  t.after(() => generator.close())
  const workload = { kind: 'users', users, spawnRatePerS: 1_000, think: { minMs: 20, maxMs: 40 } } as const
  const plan = planFor(url, { requests, workload, durationMs: LOAD_MS, drainMs: 10_000, timeoutMs: 20_000 })
  const { counts, errors } = await generator.runPhase(plan, { onSnapshot: () => undefined })
  return { counts, errors }
}

async function assertNothingLost(t: TestContext, server: RunningServer, { counts, errors }: Loaded): Promise<void> {
  const { recycled, crashed } = await server.stats()
  t.diagnostic(`${counts.good} good answers, ${recycled} workers recycled, ${JSON.stringify(errors)}`)
  assert.deepEqual(errors, {})
  assert.deepEqual([counts.good, counts.lost, counts.timedOut, counts.unfinished], [counts.sent, 0, 0, 0])
  assert.ok(recycled >= 20, `${recycled} recycled`)
  assert.equal(crashed, 0)
}

test('WK02 recycling every 500 requests loses none of those that come on 50 connections for 30 s', async (t) => {
  const server = await runShippedServer(t, RECYCLED_OFTEN)
  await assertNothingLost(t, server, await load(t, server.url, [{ ...GET, path: '/work?bytes=100' }]))
})

test('WK02 nor does it while requests of 5 s are under way', async (t) => {
  const server = await runShippedServer(t, RECYCLED_OFTEN)
  const requests = [
    { ...GET, name: 'fast', path: '/work?bytes=100', weight: 400 },
    { ...GET, name: 'slow', path: '/work?wait=5000' },
  ]
  await assertNothingLost(t, server, await load(t, server.url, requests))
})

test('WK02 nor while bodies are uploaded slowly', async (t) => {
  const server = await runShippedServer(t, RECYCLED_OFTEN)
  const uploads = startUploads(`${server.url}/search`, 8)
  const loaded = await load(t, server.url, [{ ...GET, path: '/work?bytes=100' }], 42)
  const { answered, problems } = await uploads.stop()
  t.diagnostic(`${answered} uploads answered`)
  assert.deepEqual(problems, [])
  assert.ok(answered > 50)
  await assertNothingLost(t, server, loaded)
})

test('WK07 a worker killed each second takes only what it had with it, and four serve again at once', async (t) => {
  const kills = 20
  const server = await runShippedServer(t, { WEB_CONCURRENCY: '4' })
  const [primary = assert.fail('no primary')] = server.pids()
  const generator = await startGenerators({ cpus: [] })
  t.after(() => generator.close())
  const workload = openWorkload(500, { initialConnections: CONNECTIONS, maxConnections: CONNECTIONS })
  const requests = [{ ...GET, path: '/work?wait=10' }]
  const plan = planFor(server.url, { requests, workload, durationMs: (kills + 3) * 1_000, drainMs: 5_000 })
  const running = generator.runPhase(plan, { onSnapshot: () => undefined })
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const recoveriesMs: number[] = []
  let rssBefore = 0
  for (let kill = 0; kill < kills; kill++) {
    const startedMs = performance.now()
    const victim = server.workerPids()[kill % 4] ?? assert.fail('no worker')
    process.kill(victim, 'SIGKILL')
    await until(() => server.workerPids().length === 4 && !server.workerPids().includes(victim), 'four serve')
    recoveriesMs.push(performance.now() - startedMs)
    if (kill === 4) rssBefore = residentBytes(primary) ?? 0
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1_000 - (performance.now() - startedMs))))
  }
  const { counts, errors } = await running
  const grownBytes = (residentBytes(primary) ?? 0) - rssBefore
  const { crashed } = await server.stats()
  const sortedMs = recoveriesMs.toSorted((a, b) => a - b)
  const [medianMs = 0, slowestMs = 0] = [sortedMs[kills / 2], sortedMs.at(-1)]
  t.diagnostic(
    `${counts.good} good, ${counts.lost} lost ${JSON.stringify(errors)}, back after ${Math.round(medianMs)} ms (median), ${Math.round(slowestMs)} ms (longest), primary +${grownBytes} bytes`,
  )
  assert.equal(crashed, kills)
  assert.deepEqual([counts.shed, counts.failed, counts.timedOut, counts.unfinished], [0, 0, 0, 0])
  // Each of the connections had at most one request, and a quarter of them was with the worker that was killed.
  assert.ok(counts.lost <= (kills * CONNECTIONS) / 2, `${counts.lost} lost`)
  assert.equal(counts.good + counts.lost, counts.sent)
  assert.ok(grownBytes < 8 * 1_048_576, `${grownBytes} bytes more`)
})

test('WK06 a busy loop is ended and replaced within WORKER_TIMEOUT and a second, slow asynchronous requests never', async (t) => {
  const timeoutS = 2
  const server = await runShippedServer(t, { WEB_CONCURRENCY: '2', WORKER_TIMEOUT: String(timeoutS) })
  const patient = server.workerPids()
  assert.equal((await send(`${server.url}/work?wait=6000`)).status, 200)
  assert.deepEqual(server.workerPids(), patient)
  for (let round = 0; round < 3; round++) {
    const before = server.workerPids()
    const startedMs = performance.now()
    const hung = send(`${server.url}/work?cpu=10000`).catch(() => undefined)
    await until(() => {
      const now = server.workerPids()
      return now.length === 2 && now.some((pid) => !before.includes(pid))
    }, 'the worker is replaced')
    const tookMs = performance.now() - startedMs
    t.diagnostic(`replaced after ${Math.round(tookMs)} ms`)
    assert.ok(tookMs <= (timeoutS + 1) * 1_000, `${tookMs} ms`)
    await hung
  }
})

test('WK06 neither a worker that is stopped for less than its timeout nor a primary that was stopped for longer costs a worker', async (t) => {
  const server = await runShippedServer(t, { WEB_CONCURRENCY: '2', WORKER_TIMEOUT: '4' })
  const before = server.pids()
  const [primary, worker] = before
  if (primary === undefined || worker === undefined) assert.fail('no processes')
  for (const [pid, stoppedMs] of [
    [worker, 2_000],
    [primary, 6_000],
  ] as const) {
    process.kill(pid, 'SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, stoppedMs))
    process.kill(pid, 'SIGCONT')
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    assert.deepEqual(server.pids(), before)
  }
  assert.deepEqual([(await server.stats()).crashed, server.warnings], [0, []])
  process.kill(worker, 'SIGSTOP')
  await until(() => !server.workerPids().includes(worker), 'one that stays stopped is replaced')
  assert.match(server.warnings.join('\n'), /it was stopped by a signal/)
  assert.ok(!isAlive(worker))
})

for (const [setting, value, words] of [
  ['WORKER_MAX_AGE', '3', undefined],
  ['WORKER_MAX_MEMORY', '1mb', /reached WORKER_MAX_MEMORY=1 MiB .* Allow at least \d+ MiB/],
] as const) {
  test(`WK08 ${setting} replaces workers, and no request is lost`, async (t) => {
    const server = await runShippedServer(t, { WEB_CONCURRENCY: '2', [setting]: value })
    const first = server.workerPids()
    const statuses = new Set<number>()
    await until(async () => {
      statuses.add((await fetch(`${server.url}/work`)).status)
      return !first.some((pid) => server.workerPids().includes(pid))
    }, 'both are replaced')
    assert.deepEqual([...statuses], [200])
    assert.match(server.warnings.join('\n'), words ?? /^$/)
    assert.equal((await server.stats()).crashed, 0)
  })
}

test('WK08 a worker whose code leaks with each request never holds much more than its ceiling, and no request is lost', async (t) => {
  const [ceilingBytes, leakBytes, generations] = [200 * 2 ** 20, 2 ** 21, 4]
  const leak = `const { subscribe } = await import('node:diagnostics_channel')
    const leaked = []
    subscribe('http.server.request.start', () => leaked.push(Buffer.alloc(${leakBytes}, 1)))`
  preload(t, inWorkers(leak))
  const server = await runShippedServer(t, { WEB_CONCURRENCY: '1', WORKER_MAX_MEMORY: String(ceilingBytes) })
  const statuses = new Set<number>()
  let requests = 0
  let highestBytes = 0
  let recycled = 0
  while (recycled < generations) {
    statuses.add((await fetch(`${server.url}/work?wait=50`)).status)
    highestBytes = Math.max(highestBytes, ...server.workerPids().map((pid) => residentBytes(pid) ?? 0))
    if (++requests % 10 === 0) recycled = (await server.stats()).recycled
  }
  t.diagnostic(`${requests} requests leaked ${requests * leakBytes} bytes, a worker held ${highestBytes} at most`)
  assert.deepEqual([...statuses], [200])
  // A sign of life each second, and the start of the successor: seconds at some 40 MB each.
  assert.ok(highestBytes < 2 * ceilingBytes, `${highestBytes} bytes`)
  assert.ok(requests * leakBytes > highestBytes, 'without replacement there would have been more')
  assert.equal((await server.stats()).crashed, 0)
})
