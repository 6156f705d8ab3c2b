import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { send, until } from '../server/app-under-test.ts'
import { runObservedServer } from '../server/metrics/running-server.ts'
import type { MetricsPage, Sample } from '../support/metrics-page.ts'

const PROMTOOL = 'promtool'
/** A connection that was on its way to a worker that is killed may stay in the primary unanswered (module cluster of Node 24). */
const PATIENCE_MS = 10_000
const IS_REQUIRED = process.env['TUNE_REQUIRE_SERVICES'] === '1'
const HAS_PROMTOOL = spawnSync(PROMTOOL, ['--version']).error === undefined
const SKIP_PROMTOOL = !HAS_PROMTOOL && !IS_REQUIRED && 'promtool is not installed'

/** Asks one thing after the other over connections that are kept, until told to stop; counts the answers by status. */
function startClients(url: string, path: string, clients: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const counts = { answers: 0, failures: 0, statuses: new Map<number, number>() }
  const over = new AbortController()
  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      const request = httpRequest(url + path, { agent, signal: AbortSignal.timeout(PATIENCE_MS) }, (response) => {
        response.resume().once('close', resolve)
        counts.answers++
        const status = response.statusCode ?? 0
        counts.statuses.set(status, (counts.statuses.get(status) ?? 0) + 1)
      })
      request.once('error', () => {
        counts.failures++
        resolve()
      })
      request.end()
    })
  const running = Promise.all(
    Array.from({ length: clients }, async () => {
      while (!over.signal.aborted) await ask()
    }),
  )
  const stop = async (): Promise<typeof counts> => {
    over.abort()
    await running
    agent.destroy()
    return counts
  }
  return { stop, counts }
}

/** Everything on the page that must never fall, by its name and labels. */
function growing({ types, samples }: MetricsPage): ReadonlyMap<string, number> {
  const isGrowing = ({ name }: Sample): boolean => {
    const family = name.replace(/_(?:bucket|sum|count)$/, '')
    return types.get(name) === 'counter' || types.get(family) === 'histogram'
  }
  return new Map(
    samples.filter(isGrowing).map(({ name, labels, value }) => [`${name} ${JSON.stringify(labels)}`, value]),
  )
}

function assertNothingFell(before: MetricsPage, now: MetricsPage): void {
  const after = growing(now)
  for (const [series, value] of growing(before)) {
    const next = after.get(series) ?? assert.fail(`${series} has vanished`)
    assert.ok(next >= value, `${series} fell from ${value} to ${next}`)
  }
}

test('ME03 while four workers are recycled over and over nothing falls, and in the end every request is counted once', async (t) => {
  const { target, scrape } = await runObservedServer(t, {
    WEB_CONCURRENCY: '4',
    MAX_REQUESTS: '400',
    MAX_REQUESTS_JITTER: '100',
  })
  await send(`${target.url}/work`)
  const clients = startClients(target.url, '/work?wait=2', 20)
  let before = await scrape()
  for (let look = 0; look < 48; look++) {
    await sleep(250)
    const now = await scrape()
    assertNothingFell(before, now)
    before = now
  }
  const { answers, failures, statuses } = await clients.stop()
  assert.deepEqual([failures, [...statuses.keys()]], [0, [200]])
  await until(async () => (await scrape()).total('http_requests_total') === answers + 1, 'every request is counted')
  await sleep(2_500)
  const page = await scrape()
  assertNothingFell(before, page)
  assert.equal(page.sum('http_requests_total'), answers + 1)
  assert.equal(page.sum('http_request_duration_seconds_count'), answers + 1)
  assert.equal(page.sum('http_requests_in_progress'), 0)
  const recycled = page.sum('tune_worker_restarts_total', { reason: 'requests' })
  assert.ok(recycled >= 4, `${recycled} recycled`)
  t.diagnostic(`${answers} requests, ${recycled} workers recycled, none lost on the page`)
})

test('ME03 workers that are killed lose at most what they counted in their last second', async (t) => {
  const { target, scrape } = await runObservedServer(t, { WEB_CONCURRENCY: '2' })
  await send(`${target.url}/work`)
  const clients = startClients(target.url, '/work?wait=5', 10)
  let before = await scrape()
  let answersBeforeKills = 0
  for (let kill = 0; kill < 4; kill++) {
    await sleep(1_500)
    const known = clients.counts.answers
    await sleep(1_500)
    const [, pid = assert.fail('no worker')] = target.pids()
    process.kill(pid, 'SIGKILL')
    answersBeforeKills += clients.counts.answers - known
    const now = await scrape()
    assertNothingFell(before, now)
    before = now
  }
  const { answers } = await clients.stop()
  await sleep(2_500)
  const page = await scrape()
  assertNothingFell(before, page)
  const counted = page.sum('http_requests_total')
  // An answer may have been counted and told, and then died with its worker on the way to the client.
  assert.ok(counted <= answers + 1 + 10 * 4, `${counted} counted, ${answers} answered`)
  const lost = answers + 1 - counted
  assert.ok(lost <= answersBeforeKills, `${lost} lost of ${answersBeforeKills} in the last 1.5 s before the kills`)
  assert.equal(page.sum('tune_worker_restarts_total', { reason: 'crash' }), 4)
  t.diagnostic(`${answers} answers, ${counted} on the page after four kills`)
})

test('ME02 100,000 random URLs add one series of requests', async (t) => {
  const { target, scrape } = await runObservedServer(t, { WEB_CONCURRENCY: '2' })
  const port = Number(new URL(target.url).port)
  const [connections, each] = [20, 5_000]
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1')
      socket.resume()
      for (let url = 0; url < each; url++) {
        const isLast = url === each - 1
        const path = `/${Math.random()}/${Math.random()}?q=${url}`
        const head = `GET ${path} HTTP/1.1\r\nHost: a\r\n${isLast ? 'Connection: close\r\n' : ''}\r\n`
        if (!socket.write(head)) await once(socket, 'drain')
      }
      if (!socket.closed) await once(socket, 'close')
    }),
  )
  await until(async () => (await scrape()).total('http_requests_total') === connections * each, 'all are counted')
  const page = await scrape()
  assert.deepEqual(
    page.find('http_requests_total').map(({ labels, value }) => ({ ...labels, value })),
    [{ method: 'GET', route: 'unmatched', status: '404', value: 100_000 }],
  )
})

test('ME05 the age of the values of a worker that hangs grows', async (t) => {
  const { target, scrape } = await runObservedServer(t, { WEB_CONCURRENCY: '1' })
  const [, pid = assert.fail('no worker')] = target.pids()
  process.kill(pid, 'SIGSTOP')
  try {
    await until(async () => (await scrape()).total('tune_worker_scrape_age_seconds') > 1.5, 'the values are old')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await until(async () => (await scrape()).total('tune_worker_scrape_age_seconds') < 1.5, 'they are new again')
})

test('ME03 a killed worker takes nothing with it that was told, and is counted', async (t) => {
  const { target, scrape } = await runObservedServer(t, { WEB_CONCURRENCY: '2' })
  for (let request = 0; request < 20; request++) await send(`${target.url}/health`)
  await until(async () => (await scrape()).total('http_requests_total') === 20, 'all are counted')
  for (const pid of target.pids().slice(1)) process.kill(pid, 'SIGKILL')
  await until(async () => (await target.stats()).workers.length === 2, 'there are two new workers')
  await send(`${target.url}/health`)
  await until(async () => (await scrape()).total('http_requests_total') === 21, 'counts go on')
  const page = await scrape()
  assert.equal(page.sum('tune_worker_restarts_total', { reason: 'crash' }), 2)
  assert.deepEqual(
    new Set(page.find('tune_worker_resident_memory_bytes').map(({ labels }) => labels['worker'])),
    new Set(['0', '1']),
  )
})

test('ME03 what a worker counts after it was asked to end is not lost', async (t) => {
  const { target, scrape } = await runObservedServer(t, {
    WEB_CONCURRENCY: '1',
    MAX_REQUESTS: '5',
    MAX_REQUESTS_JITTER: '0',
  })
  for (let request = 0; request < 12; request++) await send(`${target.url}/health`)
  await until(async () => (await scrape()).find('tune_worker_restarts_total').length > 0, 'it was replaced')
  await until(async () => (await scrape()).total('http_requests_total') === 12, 'all are counted')
})

test('a reader of the log that stalls holds neither requests nor the stop up', async (t) => {
  const log = new Writable({ highWaterMark: 1, write: () => undefined })
  const { target, scrape } = await runObservedServer(t, { WEB_CONCURRENCY: '1', LOG_LEVEL: 'info' }, { log })
  const path = `/${'x'.repeat(1_000)}`
  for (let round = 0; round < 30; round++) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(target.url + path)))
    assert.ok(answers.every(({ status }) => status === 404))
  }
  assert.ok((await scrape()).sum('tune_workers') === 1)
  await target.stop()
})

test('ME01 promtool accepts the page', { skip: SKIP_PROMTOOL }, async (t) => {
  const { target, metricsUrl } = await runObservedServer(t, { WEB_CONCURRENCY: '2', QUEUE_ENABLED: 'true' })
  for (const path of ['/health', '/nothing', '/api/v1/endpoint', '/work?wait=3']) await send(target.url + path)
  await sleep(1_500)
  const { body } = await send(metricsUrl)
  const { status, stderr, error } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: body })
  assert.equal(error, undefined, 'promtool must be installed where TUNE_REQUIRE_SERVICES is set')
  assert.deepEqual([status, stderr.toString()], [0, ''])
})
