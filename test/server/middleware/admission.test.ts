import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'

import { DEFAULT_SWEEP_MS, DeadlineSweep } from '../../../src/resilience/deadline.ts'
import { jsonAnswer, refusal } from '../../../src/server/answer.ts'
import type { Answer } from '../../../src/server/answer.ts'
import { Histogram } from '../../../src/server/metrics/histogram.ts'
import { Admission } from '../../../src/server/middleware/admission.ts'
import { RequestDeadlines } from '../../../src/server/middleware/deadline.ts'
import type { ServerOptions } from '../../../src/server/options.ts'
import { compose } from '../../../src/server/pipeline.ts'
import { RequestContext } from '../../../src/server/request-context.ts'
import type { Route } from '../../../src/server/router.ts'
import { jsonOf, QUEUE, runApp, send, until } from '../app-under-test.ts'
import type { RunningApp } from '../app-under-test.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const METRICS: ServerOptions['metrics'] = { port: null, host: '127.0.0.1', token: '' }

/** A route whose answers a test gives by hand. */
function manualRoute(): Route & { readonly calls: ((answer: Answer) => void)[] } {
  const calls: ((answer: Answer) => void)[] = []
  return { method: 'GET', path: '/slow', calls, handle: () => new Promise((resolve) => calls.push(resolve)) }
}

function queueOf(app: RunningApp): NonNullable<ReturnType<RunningApp['stats']>['queue']> {
  return app.stats().queue ?? assert.fail('no queue')
}

test('QU01 a refusal is counted and admits nobody, and waiters are not counted as running', async (t) => {
  const slow = manualRoute()
  const app = await runApp(t, { queue: QUEUE }, [slow])
  const asked = [send(`${app.url}/slow`), send(`${app.url}/slow`)]
  await until(() => queueOf(app).waiting === 1, 'one waits')
  assert.equal((await send(`${app.url}/slow`)).status, 503)
  assert.deepEqual(queueOf(app), { running: 1, waiting: 1, limit: 1, admitted: 1, refused: 1 })
  slow.calls[0]?.(jsonAnswer(200, {}))
  await until(() => slow.calls.length === 2, 'the second runs')
  slow.calls[1]?.(jsonAnswer(200, {}))
  assert.deepEqual(
    (await Promise.all(asked)).map(({ status }) => status),
    [200, 200],
  )
})

test('QU02 after a long wait the newest is let in first, as QUEUE_NEWEST_FIRST_AFTER says', async (t) => {
  const order: string[] = []
  const slow = manualRoute()
  const noted: Route = {
    method: 'GET',
    path: '/noted',
    handle: ({ query }) => {
      order.push(query)
      return jsonAnswer(200, {})
    },
  }
  const app = await runApp(t, { queue: { ...QUEUE, capacity: 5, newestFirstAfterMs: 60 } }, [slow, noted])
  const asked = [send(`${app.url}/slow`)]
  await until(() => slow.calls.length === 1, 'one runs')
  for (const name of ['first', 'second', 'third']) {
    asked.push(send(`${app.url}/noted?${name}`))
    await until(() => queueOf(app).waiting === asked.length - 1, `${name} waits`)
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
  slow.calls[0]?.(jsonAnswer(200, {}))
  await Promise.all(asked)
  assert.deepEqual(order, ['third', 'second', 'first'])
})

test('QU03 waiting and running together take no longer than REQUEST_TIMEOUT', async () => {
  const clock = new FakeClock()
  const parts = { clock, sweep: new DeadlineSweep(clock), waits: new Histogram(), requestTimeoutMs: 1_000 }
  const admission = new Admission(QUEUE, parts)
  const first = Promise.withResolvers<Answer>()
  const work = [first.promise, new Promise<Answer>(() => undefined)]
  const layers = [new RequestDeadlines(1_000, clock).middleware, admission.middleware]
  const chain = compose(layers, () => work.shift() ?? assert.fail('asked too often'))
  const target = { path: '/', query: '', route: manualRoute(), expectsContinue: false }
  const ask = async (): Promise<readonly [status: number, atMs: number]> => {
    // The two layers look at nothing else of it.
    const request = { complete: true } as IncomingMessage
    const { status } = await chain(new RequestContext(request, {} as ServerResponse, clock.now(), target))
    return [status, clock.now() - 1_000]
  }
  const asked = [ask(), ask()]
  clock.advance(600)
  first.resolve(jsonAnswer(200, {}))
  assert.deepEqual(await asked[0], [200, 600])
  assert.deepEqual([admission.figures().running, admission.figures().waiting], [1, 0])
  clock.advance(400 + DEFAULT_SWEEP_MS)
  assert.deepEqual(await asked[1], [504, 1_000 + DEFAULT_SWEEP_MS])
})

test('QU06 health checks and figures do not wait, however long the line', async (t) => {
  const slow = manualRoute()
  const app = await runApp(t, { queue: { ...QUEUE, capacity: 0 } }, [slow])
  const running = send(`${app.url}/slow`)
  await until(() => slow.calls.length === 1, 'the place is taken')
  assert.equal((await send(`${app.url}/work`)).status, 503)
  for (const path of ['/health', '/stats', '/api/v1/health'])
    assert.notEqual((await send(app.url + path)).status, 503, path)
  assert.match((await send(`${app.url}/ready`)).body.toString(), /as many requests wait as may/)
  slow.calls[0]?.(jsonAnswer(200, {}))
  await running
})

test('QU08 work that never ends loses its place after as long again as a request may take', async (t) => {
  const never = manualRoute()
  const app = await runApp(t, { queue: QUEUE, requestTimeoutMs: 150 }, [never])
  assert.equal((await send(`${app.url}/slow`)).status, 504)
  assert.equal(queueOf(app).running, 1)
  await until(() => queueOf(app).running === 0, 'its place is free')
  never.calls[0]?.(jsonAnswer(200, {}))
  assert.equal((await send(`${app.url}/work`)).status, 200)
  assert.deepEqual(queueOf(app), { running: 0, waiting: 0, limit: 1, admitted: 2, refused: 0 })
})

test('QU08 a handler that throws, and a connection that breaks, free their places once', async (t) => {
  const throwing: Route = {
    method: 'GET',
    path: '/throws',
    handle: () => {
      throw new Error('thrown')
    },
  }
  const app = await runApp(t, { queue: QUEUE }, [throwing])
  assert.equal((await send(`${app.url}/throws`)).status, 500)
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  socket.write('GET /work?wait=60000 HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => queueOf(app).running === 1, 'it runs')
  socket.resetAndDestroy()
  await until(() => queueOf(app).running === 0, 'its place is free')
  assert.equal((await send(`${app.url}/work`)).status, 200)
  assert.equal(queueOf(app).running, 0)
})

test('QU06 clients that send their bodies slowly hold no places', async (t) => {
  const app = await runApp(t, { queue: { ...QUEUE, capacity: 0 } })
  const { port } = new URL(app.url)
  let heard = 0
  app.server.on('request', () => heard++)
  for (let client = 0; client < 20; client++) {
    const socket = connect(Number(port), '127.0.0.1')
    t.after(() => socket.destroy())
    socket.write('POST /search HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nh')
  }
  await until(() => heard === 20, 'all are there')
  assert.equal((await send(`${app.url}/work`)).status, 200)
  assert.deepEqual(queueOf(app), { running: 0, waiting: 0, limit: 1, admitted: 1, refused: 0 })
})

test('QU12 what has no answer when the graceful timeout is over gets 503 and its connection closed, waiting or running', async (t) => {
  const slow = manualRoute()
  const app = await runApp(t, { queue: QUEUE, gracefulTimeoutMs: 200 }, [slow])
  const asked = [send(`${app.url}/slow`), send(`${app.url}/slow`)]
  await until(() => queueOf(app).waiting === 1, 'one waits')
  await app.drain(0)
  for (const answer of await Promise.all(asked)) {
    const { status, headers } = answer
    assert.deepEqual([status, jsonOf(answer)['reason'], headers.connection], [503, 'shutting_down', 'close'])
    assert.equal(headers['retry-after'], '1')
  }
  await assert.rejects(send(`${app.url}/health`), { code: 'ECONNREFUSED' })
})

test('QU12 those who wait are still served within the graceful timeout', async (t) => {
  const slow = manualRoute()
  const app = await runApp(t, { queue: QUEUE }, [slow])
  const asked = [send(`${app.url}/slow`), send(`${app.url}/slow`)]
  await until(() => queueOf(app).waiting === 1, 'one waits')
  const drained = app.drain(0)
  slow.calls[0]?.(jsonAnswer(200, {}))
  await until(() => slow.calls.length === 2, 'the second runs')
  slow.calls[1]?.(jsonAnswer(200, {}))
  assert.deepEqual(
    (await Promise.all(asked)).map(({ status }) => status),
    [200, 200],
  )
  await drained
})

test('QU13 the histogram of waits counts the waiting of those who were let in, and not their work', async (t) => {
  const slow = manualRoute()
  const app = await runApp(t, { queue: QUEUE, metrics: METRICS }, [slow])
  const first = send(`${app.url}/slow`)
  await until(() => slow.calls.length === 1, 'the first runs')
  await new Promise((resolve) => setTimeout(resolve, 120))
  slow.calls[0]?.(jsonAnswer(200, {}))
  await first
  const waits = app.metrics?.().get('tune_queue_wait_seconds')?.get('') ?? assert.fail('no histogram')
  const sumS = waits.at(-1) ?? Number.NaN
  const count = waits.slice(0, -1).reduce((sum, value) => sum + value, 0)
  assert.equal(count, 1)
  assert.ok(sumS < 0.1, `${sumS} s of waiting, where nobody waited`)
})

test('QU14 an adaptive queue begins with a few, lets in more while that slows nobody, and says how many', async (t) => {
  const app = await runApp(t, { queue: { ...QUEUE, concurrency: 30, isAdaptive: true, capacity: 1_000 } })
  assert.equal(queueOf(app).limit, 4)
  const endMs = performance.now() + 10_000
  while (queueOf(app).limit < 8 && performance.now() < endMs) {
    await Promise.all(Array.from({ length: 30 }, () => send(`${app.url}/work?wait=10`)))
  }
  assert.ok(queueOf(app).limit >= 8, String(queueOf(app).limit))
  assert.equal(queueOf(app).refused, 0)
})

test('QU14 answers that say that something behind was overloaded lower the limit', async (t) => {
  const failing: Route = {
    method: 'GET',
    path: '/failing',
    handle: () => refusal(503, 'upstream_unavailable', { detail: 'none' }),
  }
  const app = await runApp(t, { queue: { ...QUEUE, concurrency: 100, isAdaptive: true, capacity: 1_000 } }, [failing])
  const load = async (path: string, isEnough: () => boolean): Promise<void> => {
    const endMs = performance.now() + 10_000
    while (!isEnough() && performance.now() < endMs) {
      await Promise.all(Array.from({ length: 30 }, () => send(app.url + path)))
    }
  }
  await load('/work?wait=10', () => queueOf(app).limit > 6)
  await load('/failing', () => queueOf(app).limit === 4)
  assert.equal(queueOf(app).limit, 4)
})

test('QU14 mistakes of clients are no measure of how long work takes without company', async () => {
  const clock = new FakeClock()
  const parts = { clock, sweep: new DeadlineSweep(clock), waits: new Histogram(), requestTimeoutMs: 1_000 }
  const admission = new Admission({ ...QUEUE, concurrency: 30, isAdaptive: true, capacity: 100 }, parts)
  const work: ((answer: Answer) => void)[] = []
  const chain = compose([admission.middleware], () => new Promise<Answer>((resolve) => work.push(resolve)))
  const target = { path: '/', query: '', route: manualRoute(), expectsContinue: false }
  const round = async (tookMs: number, answer: Answer): Promise<void> => {
    const request = { complete: true } as IncomingMessage
    const ask = async (): Promise<Answer> =>
      chain(new RequestContext(request, {} as ServerResponse, clock.now(), target))
    const asked = Array.from({ length: admission.figures().limit }, ask)
    clock.advance(tookMs)
    for (const end of work.splice(0)) end(answer)
    await Promise.all(asked)
  }
  for (let count = 0; count < 100; count++) await round(50, jsonAnswer(200, {}))
  assert.equal(admission.figures().limit, 30)
  for (let count = 0; count < 600; count++) await round(1, refusal(400, 'bad_request', { detail: 'wrong' }))
  for (let count = 0; count < 20; count++) await round(50, jsonAnswer(200, {}))
  assert.equal(admission.figures().limit, 30)
})
