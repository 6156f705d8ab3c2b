import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { jsonAnswer } from '../../src/server/answer.ts'
import { createApp } from '../../src/server/app.ts'
import type { App } from '../../src/server/app.ts'
import type { Route } from '../../src/server/router.ts'
import { PLAIN, runApp, until } from './app-under-test.ts'
import type { RunningApp } from './app-under-test.ts'

/** A drain that waits for this has hung. */
const LONG_MS = 60_000

/** `GET /slow`, answered after a while. */
function slowRoute(waitMs: number): { readonly route: Route; readonly begun: () => number } {
  let begun = 0
  const handle: Route['handle'] = () => {
    begun++
    return new Promise((resolve) => setTimeout(resolve, waitMs, jsonAnswer(200, {})))
  }
  return { route: { method: 'GET', path: '/slow', handle }, begun: () => begun }
}

async function open(t: TestContext, url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function get(url: string, agent: Agent): Promise<IncomingMessage> {
  const [response] = (await once(request(url, { agent }).end(), 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  return response
}

/** Another app takes the server over, as after a reload without workers. */
function takeOver(t: TestContext, { server }: RunningApp): App {
  const successor = createApp({ ...PLAIN, gracefulTimeoutMs: LONG_MS }, { server })
  t.after(() => successor.drain(0))
  return successor
}

/** Sends requests in one piece, and resolves with everything that comes back when the server has closed the connection. */
async function pipeline(socket: Socket, requests: readonly string[]): Promise<string> {
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const closed = once(socket, 'close')
  socket.write(requests.join(''))
  await closed
  return text
}

function discarded(app: App): number | undefined {
  return app.metrics?.().get('tune_pipelined_requests_discarded_total')?.get('')?.[0]
}

function occurrences(text: string, part: string): number {
  return text.split(part).length - 1
}

test('WK02 a request that comes on an idle connection while its worker lingers is answered, and told to go elsewhere', async (t) => {
  const app = await runApp(t, { gracefulTimeoutMs: LONG_MS })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  assert.equal((await get(`${app.url}/work`, agent)).headers.connection, 'keep-alive')
  const drained = app.drain(500)
  const { statusCode, headers } = await get(`${app.url}/work`, agent)
  assert.deepEqual([statusCode, headers.connection], [200, 'close'])
  await drained
})

test('WK02 connections that are idle after the linger are closed, also one on which nothing was ever sent', async (t) => {
  const app = await runApp(t, { gracefulTimeoutMs: LONG_MS })
  const silent = await open(t, app.url)
  const idle = await open(t, app.url)
  idle.write('GET /work HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(idle, 'data')
  const closed = Promise.all([once(silent, 'close'), once(idle, 'close')])
  await app.drain(50)
  await closed
})

test('WK02 a drain without any connection takes as long as its linger: connections may be on their way', async (t) => {
  const app = await runApp(t)
  const startedMs = performance.now()
  await app.drain(200)
  assert.ok(performance.now() - startedMs >= 199)
})

test('WK02 a second drain waits for the first and cuts nothing short', async (t) => {
  const { route, begun } = slowRoute(300)
  const app = await runApp(t, {}, [route])
  const underWay = get(`${app.url}/slow`, new Agent())
  await until(() => begun() === 1, 'the request is there')
  const first = app.drain(0)
  await app.drain(0)
  assert.equal((await underWay).statusCode, 200)
  await first
})

test('WK03 of pipelined requests all that were received are answered, and the last answer closes the connection', async (t) => {
  const { route, begun } = slowRoute(200)
  const app = await runApp(t, { gracefulTimeoutMs: LONG_MS }, [route])
  const socket = await open(t, app.url)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const closed = once(socket, 'close')
  socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(10))
  await until(() => begun() === 10, 'the requests are there')
  await app.drain(0)
  await closed
  assert.equal(occurrences(text, 'HTTP/1.1 200 OK'), 10)
  assert.equal(occurrences(text.toLowerCase(), 'connection: close'), 1)
  assert.ok(text.toLowerCase().lastIndexOf('connection: close') > text.lastIndexOf('HTTP/1.1 200 OK'))
})

test('WK03 pipelining before does not keep a connection open that is asked to close later', async (t) => {
  const app = await runApp(t, { gracefulTimeoutMs: LONG_MS })
  const socket = await open(t, app.url)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.write('GET /work?wait=20 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3))
  await until(() => occurrences(text, 'HTTP/1.1 200 OK') === 3, 'all are answered')
  const closed = once(socket, 'close')
  const drained = app.drain(1_000)
  socket.write('GET /work HTTP/1.1\r\nHost: a\r\n\r\n')
  await closed
  assert.equal(occurrences(text.toLowerCase(), 'connection: close'), 1)
  await drained
})

const METRICS = { host: '127.0.0.1', port: null, token: '' }
const GET_WORK = 'GET /work HTTP/1.1\r\nHost: a\r\n\r\n'

test('WK03 requests behind an answer that closes the connection are counted and not begun', async (t) => {
  const app = await runApp(t, { keepAliveMs: 0, metrics: METRICS })
  const text = await pipeline(
    await open(t, app.url),
    Array.from({ length: 10 }, () => GET_WORK),
  )
  assert.equal(occurrences(text, 'HTTP/1.1 200 OK'), 1)
  assert.equal(discarded(app), 9)
  assert.equal(app.stats().requests, 1)
})

test('WK03 requests that were under way behind an answer that closes the connection are counted too', async (t) => {
  const { route, begun } = slowRoute(100)
  const farewell = { ...jsonAnswer(200, {}), headers: ['Connection', 'close'] }
  const last: Route = {
    method: 'GET',
    path: '/last',
    handle: () => new Promise((resolve) => setTimeout(resolve, 200, farewell)),
  }
  const app = await runApp(t, { metrics: METRICS }, [route, last])
  const [slow, closing] = ['/slow', '/last'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  if (slow === undefined || closing === undefined) assert.fail()
  const text = await pipeline(await open(t, app.url), [slow, closing, slow, slow, slow])
  assert.equal(occurrences(text, 'HTTP/1.1 200 OK'), 2)
  assert.deepEqual([begun(), discarded(app)], [4, 3])
})

test('WK03 pipelined requests on a connection that stays open are not counted as thrown away', async (t) => {
  const app = await runApp(t, { metrics: METRICS })
  const socket = await open(t, app.url)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.write(GET_WORK.repeat(10))
  await until(() => occurrences(text, 'HTTP/1.1 200 OK') === 10, 'all are answered')
  assert.equal(discarded(app), 0)
})

test('WK12 the drain after a reload closes connections that the app before had accepted, also one on which nothing was ever sent', async (t) => {
  const app = await runApp(t)
  const silent = await open(t, app.url)
  const idle = await open(t, app.url)
  idle.write(GET_WORK)
  await once(idle, 'data')
  const successor = takeOver(t, app)
  await app.leave()
  const closed = Promise.all([once(silent, 'close'), once(idle, 'close')])
  await successor.drain(50)
  await closed
})

test('WK12 what the app before is still answering tells its client to go elsewhere when the one after it drains', async (t) => {
  const { route, begun } = slowRoute(300)
  const app = await runApp(t, {}, [route])
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const underWay = get(`${app.url}/slow`, agent)
  await until(() => begun() === 1, 'the request is there')
  const successor = takeOver(t, app)
  const left = app.leave()
  const drained = successor.drain(0)
  const { statusCode, headers } = await underWay
  assert.deepEqual([statusCode, headers.connection], [200, 'close'])
  await Promise.all([left, drained])
})
