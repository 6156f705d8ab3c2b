import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import type { EventEmitter } from 'node:events'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'

import { seededRandom } from '../../src/core/random.ts'
import { jsonAnswer } from '../../src/server/answer.ts'
import type { Answer } from '../../src/server/answer.ts'
import { createApp } from '../../src/server/app.ts'
import { labelText } from '../../src/server/metrics/label-text.ts'
import type { ServerOptions } from '../../src/server/options.ts'
import type { Route } from '../../src/server/router.ts'
import { runServer } from '../support/running-server.ts'
import { jsonOf, PLAIN, QUEUE, runApp, send, until } from './app-under-test.ts'
import type { RunningApp } from './app-under-test.ts'
import { CACHE } from './cache-options.ts'

const METRICS: ServerOptions['metrics'] = { port: null, host: '127.0.0.1', token: '' }
const HOST = 'Host: a\r\n'

interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Sends these bytes and gives back what came until the server closed the connection. */
async function exchange({ url }: RunningApp, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  const closed = once(socket, 'close')
  for (const piece of pieces) socket.write(piece)
  await closed
  return text
}

function parsed(text: string): RawAnswer {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), head, body }
}

async function refusedAs(app: RunningApp, ...pieces: readonly (string | Buffer)[]): Promise<readonly unknown[]> {
  const { status, head, body } = parsed(await exchange(app, ...pieces))
  const told = JSON.parse(body) as Record<string, unknown>
  assert.match(head, /connection: close/i)
  assert.match(head, /content-type: application\/json/i)
  assert.match(head, new RegExp(`x-tune-reason: ${String(told['reason'])}`, 'i'))
  assert.ok(typeof told['detail'] === 'string' && typeof told['error'] === 'string')
  return [status, told['reason']]
}

function open(t: TestContext, { url }: { readonly url: string }): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  t.after(() => socket.destroy())
  return socket
}

function cuts(app: RunningApp, reason: string): number {
  return (
    app
      .metrics?.()
      .get('tune_connections_cut_total')
      ?.get(labelText(['reason'], [reason]))?.[0] ?? Number.NaN
  )
}

/** A route whose answers a test gives by hand. */
function manualRoute(): Route & { readonly calls: ((answer: Answer) => void)[]; readonly aborted: () => number } {
  const calls: ((answer: Answer) => void)[] = []
  let aborted = 0
  const handle: Route['handle'] = (context) => {
    context.onAbort(() => aborted++)
    return new Promise((resolve) => calls.push(resolve))
  }
  return { method: 'GET', path: '/slow', calls, aborted: () => aborted, handle }
}

test('HT01 an idle connection is advertised with its time, and is closed a second after it', async (t) => {
  const app = await runApp(t, { keepAliveMs: 1_000 })
  const socket = open(t, app)
  socket.write(`GET /health HTTP/1.1\r\n${HOST}\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  assert.match(answer.toString(), /keep-alive: timeout=1\r/i)
  const answeredMs = performance.now()
  await once(socket, 'close')
  // Node adds a second of its own, so that the client gives up first.
  assert.ok(performance.now() - answeredMs >= 1_900)
})

test('HT02 a head that comes too slowly is answered with 408 and the connection closed', async (t) => {
  const app = await runApp(t, { requestTimeoutMs: 200, metrics: METRICS })
  const text = await exchange(app, 'GET /health HT')
  const { status, head, body } = parsed(text)
  assert.deepEqual([status, (JSON.parse(body) as { reason: string }).reason], [408, 'request_timeout'])
  assert.match(head, /retry-after: 1/i)
  assert.equal(cuts(app, 'request_timeout'), 1)
})

test('HT02 a body that comes too slowly is answered with 408, and its place is free again', async (t) => {
  const app = await runApp(t, { requestTimeoutMs: 200, queue: QUEUE })
  const head = `POST /search HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\n{"query"`
  assert.deepEqual(await refusedAs(app, head), [408, 'request_timeout'])
  await until(() => app.stats().queue?.running === 0, 'the place is free')
})

test('HT02 a client that does not read its answer is cut off', async (t) => {
  const http = { ...PLAIN.http, writeTimeoutMs: 200 }
  const app = await runApp(t, { http, metrics: METRICS })
  const socket = open(t, app)
  socket.pause()
  socket.write(`GET /work?bytes=10485760 HTTP/1.1\r\n${HOST}\r\n`)
  await until(() => cuts(app, 'slow_reader') === 1, 'the connection is cut')
  const closed = once(socket, 'close')
  socket.resume()
  await closed
  assert.ok(socket.bytesRead < 10_485_760)
})

test('HT02 a client that does not read its answer is cut off, also while it sends blank lines', async (t) => {
  const http = { ...PLAIN.http, writeTimeoutMs: 200 }
  const app = await runApp(t, { http, metrics: METRICS })
  for (const request of [
    [`GET /work?bytes=10485760 HTTP/1.1\r\n${HOST}\r\n`],
    [`GET /work?bytes=10485760 HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\n`, 'abc'],
    [`GET /work?bytes=1 HTTP/1.1\r\n${HOST}\r\nGET /work?wait=5&bytes=10485760 HTTP/1.1\r\n${HOST}\r\n`],
  ]) {
    const before = cuts(app, 'slow_reader')
    const socket = open(t, app)
    socket.pause()
    for (const piece of request) socket.write(piece)
    const drip = setInterval(() => socket.write('\r\n'), 50)
    t.after(() => clearInterval(drip))
    await until(() => cuts(app, 'slow_reader') === before + 1, 'the connection is cut')
    clearInterval(drip)
  }
})

test('HT02 the time for reading one answer does not count for the next one on its connection', async (t) => {
  const slow = manualRoute()
  const app = await runApp(t, { http: { ...PLAIN.http, writeTimeoutMs: 200 } }, [slow])
  const socket = open(t, app)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.subarray(-200).toString('latin1')))
  socket.write(`GET /work?wait=5&bytes=10485760 HTTP/1.1\r\n${HOST}\r\nGET /slow HTTP/1.1\r\n${HOST}\r\n`)
  await until(() => socket.bytesRead > 10_485_760, 'the first is read')
  await new Promise((resolve) => setTimeout(resolve, 500))
  slow.calls[0]?.(jsonAnswer(200, 'the second'))
  await until(() => text.includes('"the second"') || socket.destroyed, 'the second')
  assert.match(text, /"the second"/)
})

test('HT02 a client that reads slowly but steadily gets all of its answer', async (t) => {
  const http = { ...PLAIN.http, writeTimeoutMs: 400 }
  const app = await runApp(t, { http })
  const socket = open(t, app)
  socket.write(`GET /work?bytes=10485760 HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)
  const ended = once(socket, 'end')
  socket.on('data', () => {
    if (socket.bytesRead % 3 !== 0) return
    socket.pause()
    setTimeout(() => socket.resume(), 20)
  })
  await ended
  assert.ok(socket.bytesRead > 10_485_760)
})

test('HT02 five hundred clients that send nothing do not keep another from its answer', async (t) => {
  const app = await runApp(t)
  const sockets = Array.from({ length: 500 }, () => open(t, app))
  for (const socket of sockets) socket.write('GET / HT')
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  assert.equal((await send(`${app.url}/health`)).status, 200)
})

test('HT02 connections of one client beyond its limit are closed and counted, and when one ends there is room', async (t) => {
  const app = await runApp(t, { http: { ...PLAIN.http, maxConnectionsPerClient: 2 }, metrics: METRICS })
  const [first] = [open(t, app), open(t, app)]
  await until(async () => (await connectionsOf(app)) === 2, 'both are open')
  await once(open(t, app), 'close')
  assert.equal(cuts(app, 'too_many_connections'), 1)
  first?.destroy()
  await until(async () => (await connectionsOf(app)) === 1, 'one is closed')
  assert.equal((await send(`${app.url}/health`)).status, 200)
})

test('HT02 connections beyond those of the whole worker are closed and counted', async (t) => {
  const app = await runApp(t, { http: { ...PLAIN.http, maxConnections: 1 }, metrics: METRICS })
  open(t, app)
  await until(async () => (await connectionsOf(app)) === 1, 'it is open')
  await once(open(t, app), 'close')
  assert.equal(cuts(app, 'too_many_connections'), 1)
})

for (const workers of ['0', '1']) {
  test(`HT02 connections beyond MAX_CONNECTIONS are closed by a server with WEB_CONCURRENCY=${workers}`, async (t) => {
    const { url } = await runServer(t, {
      WEB_CONCURRENCY: workers,
      UPSTREAMS: 'none=http://127.0.0.1:9',
      MAX_CONNECTIONS: '2',
    })
    const sockets = [open(t, { url }), open(t, { url })]
    for (const socket of sockets) {
      socket.write(`GET /health HTTP/1.1\r\n${HOST}\r\n`)
      await once(socket, 'data')
    }
    const third = open(t, { url })
    await once(third, 'close', { signal: AbortSignal.timeout(5_000) })
    assert.equal(third.bytesRead, 0)
  })
}

async function connectionsOf({ server }: RunningApp): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))
}

test('HT03 a head of more than 16 KiB is answered with 431, and its limit is a setting', async (t) => {
  const small = await runApp(t, { http: { ...PLAIN.http, maxHeaderBytes: 2_048 } })
  const headOf = (bytes: number): string =>
    `GET /health HTTP/1.1\r\n${HOST}Connection: close\r\nX-Long: ${'x'.repeat(bytes)}\r\n\r\n`
  assert.deepEqual(await refusedAs(small, headOf(3_000)), [431, 'headers_too_large'])
  const usual = await runApp(t)
  assert.equal(parsed(await exchange(usual, headOf(3_000))).status, 200)
  assert.deepEqual(await refusedAs(usual, headOf(17_000)), [431, 'headers_too_large'])
})

test('HT03 more than two thousand headers are refused', async (t) => {
  const app = await runApp(t, { http: { ...PLAIN.http, maxHeaderBytes: 1_048_576 } })
  const { status } = parsed(await exchange(app, `GET /health HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(2_100)}\r\n`))
  assert.equal(status, 431)
})

test('HT03 an address of more than 8 KiB is answered with 414, also where it is longer than a head may be', async (t) => {
  const app = await runApp(t)
  for (const length of [8_193, 12_000, 20_000]) {
    const text = `GET /health?${'q'.repeat(length - 8)} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`
    assert.deepEqual(await refusedAs(app, text), [414, 'uri_too_long'], String(length))
  }
  const longest = `GET /health?${'q'.repeat(8_192 - 8)} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`
  assert.equal(parsed(await exchange(app, longest)).status, 200)
})

test('HT03 a client that sends much too much before it reads still gets its 413', async (t) => {
  const { url } = await runApp(t)
  // In a process of its own, because here it would read whenever the server does.
  const code = `const body = Buffer.alloc(20_000_000)
    for (let request = 0; request < 10; request++) {
      const answer = await fetch('${url}/search', { method: 'POST', body }).catch((error) => error.cause)
      console.log(answer.status ?? answer.code)
      await answer.text?.()
    }`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])
  assert.equal(stdout, '413\n'.repeat(10))
})

test('HT03 a body of a GET that is announced as too large is refused too', async (t) => {
  const app = await runApp(t)
  const text = `GET /health HTTP/1.1\r\n${HOST}Content-Length: 10001\r\n\r\n`
  assert.deepEqual(await refusedAs(app, text), [413, 'body_too_large'])
})

test('HT03 a body without end that nobody reads is cut off within seconds, and its answer arrives', async (t) => {
  const app = await runApp(t, { requestTimeoutMs: 60_000 })
  for (const [line, status] of [
    ['POST /nowhere', 404],
    ['DELETE /work', 405],
    ['GET /work?wait=5', 200],
  ] as const) {
    const socket = open(t, app)
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.write(`${line} HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`)
    const drip = setInterval(() => socket.write('1\r\nx\r\n'), 20)
    t.after(() => clearInterval(drip))
    await once(socket, 'close', { signal: AbortSignal.timeout(5_000) })
    clearInterval(drip)
    const answer = parsed(text)
    assert.equal(answer.status, status, line)
    assert.match(answer.head, /connection: close/i, line)
  }
})

test('HT03 a body of a GET that is too large is refused for its client alone, also where the answer is kept', async (t) => {
  const slow: Route = { ...manualRoute(), path: '/kept', isCacheable: true, handle: () => jsonAnswer(200, {}) }
  const app = await runApp(t, { cache: CACHE }, [slow])
  const text = `GET /kept HTTP/1.1\r\n${HOST}Content-Length: 10001\r\n\r\n`
  assert.deepEqual(await refusedAs(app, text), [413, 'body_too_large'])
  assert.equal((await send(`${app.url}/kept`)).headers['x-cache'], 'MISS')
  assert.deepEqual(await refusedAs(app, text), [413, 'body_too_large'])
})

for (const [what, text, expected] of [
  ['no Host', 'GET /health HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', 'GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  [
    'a length and chunks',
    `POST /search HTTP/1.1\r\n${HOST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ['an unknown transfer encoding', `POST /search HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
  ['a negative length', `POST /search HTTP/1.1\r\n${HOST}Content-Length: -5\r\n\r\n`, 400],
  ['a length with a sign', `POST /search HTTP/1.1\r\n${HOST}Content-Length: +5\r\n\r\nhello`, 400],
  ['two lengths', `POST /search HTTP/1.1\r\n${HOST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`, 400],
  ['a list of lengths', `POST /search HTTP/1.1\r\n${HOST}Content-Length: 5, 5\r\n\r\nhello`, 400],
  ['a size of a chunk that is none', `POST /search HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
  ['lines that end without a return', 'GET /health HTTP/1.1\nHost: a\n\n', 400],
  ['a NUL in a header', 'GET /health HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n', 400],
  ['a header folded over two lines', `GET /health HTTP/1.1\r\n${HOST}X-A: b\r\n c\r\nno header\r\n\r\n`, 400],
  ['another protocol', 'GET /health FTP/1.1\r\n\r\n', 400],
  ['a method that nobody knows', `FOO /health HTTP/1.1\r\n${HOST}\r\n`, 501],
] as const) {
  test(`HT05 a request with ${what} is answered with ${expected} in the shape of all errors`, async (t) => {
    const app = await runApp(t, { metrics: METRICS })
    assert.equal((await refusedAs(app, text))[0], expected)
    assert.equal((await send(`${app.url}/health`)).status, 200)
  })
}

test('HT05 the start of a TLS connection is answered with 400, counted, and harms nobody', async (t) => {
  const app = await runApp(t, { metrics: METRICS })
  const hello = Buffer.from('16030100c8010000c40303000102030405060708090a0b0c0d0e0f', 'hex')
  assert.deepEqual(await refusedAs(app, hello), [400, 'bad_request'])
  assert.equal(cuts(app, 'bad_request'), 1)
  assert.equal((await send(`${app.url}/health`)).status, 200)
})

test('HT05 the address of a request may be a whole one, as a proxy sends it', async (t) => {
  const app = await runApp(t)
  const text = `GET http://a/work?bytes=3 HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`
  const { status, body } = parsed(await exchange(app, text))
  assert.deepEqual([status, body], [200, 'tun'])
})

test('HT05 methods that a path does not have are answered with 405 and those that it has, a tunnel with 405', async (t) => {
  const app = await runApp(t)
  for (const method of ['TRACE', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await send(`${app.url}/work`, { method })
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method)
  }
  assert.deepEqual(await refusedAs(app, 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n'), [405, 'method_not_allowed'])
  const { status } = parsed(await exchange(app, `OPTIONS * HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`))
  assert.equal(status, 404)
})

test('HT05 what cannot be read behind a request that is under way is not taken for its answer', async (t) => {
  const slow = manualRoute()
  const app = await runApp(t, {}, [slow])
  const text = exchange(app, `GET /slow HTTP/1.1\r\n${HOST}\r\n`, 'no request at all\r\n\r\n')
  assert.equal(await text, '')
})

test('HT06 an answer after the deadline is dropped, and the next request on the connection gets its own', async (t) => {
  const slow = manualRoute()
  const app = await runApp(t, { requestTimeoutMs: 100 }, [slow])
  const socket = open(t, app)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.write(`GET /slow HTTP/1.1\r\n${HOST}\r\n`)
  await until(() => text.includes('504 Gateway Timeout'), 'the deadline')
  assert.match(text, /retry-after: 1/i)
  slow.calls[0]?.(jsonAnswer(200, { late: true }))
  socket.write(`GET /health HTTP/1.1\r\n${HOST}\r\n`)
  await until(() => text.includes('"status":"ok"'), 'the next answer')
  assert.doesNotMatch(text, /late/)
  assert.equal(slow.aborted(), 1)
})

test('HT07 ten pipelined requests are answered in order, also when the first takes longest', async (t) => {
  const slow = manualRoute()
  const app = await runApp(t, {}, [slow])
  const rest = Array.from({ length: 9 }, (_, index) => `GET /work?bytes=${index + 1} HTTP/1.1\r\n${HOST}\r\n`)
  const socket = open(t, app)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.write([`GET /slow HTTP/1.1\r\n${HOST}\r\n`, ...rest].join(''))
  await until(() => app.stats().requests === 9, 'those behind are done')
  assert.equal(text, '')
  slow.calls[0]?.(jsonAnswer(200, 'first'))
  await until(() => text.split('HTTP/1.1 200').length === 11, 'all are answered')
  const lengths = [...text.matchAll(/content-length: (\d+)/gi)].map((match) => Number(match[1]))
  assert.deepEqual(lengths, [7, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('HT07 a client that leaves in the middle of its pipeline has all of its requests given up', async (t) => {
  const slow = manualRoute()
  const app = await runApp(t, {}, [slow])
  const socket = open(t, app)
  socket.write(`GET /slow HTTP/1.1\r\n${HOST}\r\n`.repeat(5))
  await until(() => slow.calls.length === 5, 'all have come')
  socket.destroy()
  await until(() => slow.aborted() === 5, 'all are given up')
})

test('HT08 clients that reset in every phase leave nothing behind', async (t) => {
  const slow = manualRoute()
  const queue = { ...QUEUE, concurrency: 2, capacity: 500 }
  const app = await runApp(t, { queue }, [slow])
  const phases = [
    'GET /wo',
    `POST /search HTTP/1.1\r\n${HOST}Content-Length: 50\r\n\r\n{"query":`,
    `GET /slow HTTP/1.1\r\n${HOST}\r\n`,
    `GET /work?bytes=1000000 HTTP/1.1\r\n${HOST}\r\n`,
  ]
  for (let round = 0; round < 250; round++) {
    await Promise.all(
      phases.map(async (text) => {
        const socket = open(t, app)
        await once(socket, 'connect')
        await new Promise((resolve) => socket.write(text, resolve))
        socket.resetAndDestroy()
      }),
    )
    for (const answer of slow.calls.splice(0)) answer(jsonAnswer(200, {}))
  }
  await until(async () => {
    for (const answer of slow.calls.splice(0)) answer(jsonAnswer(200, {}))
    const { running, waiting } = app.stats().queue ?? assert.fail('no queue')
    return running === 0 && waiting === 0 && (await connectionsOf(app)) === 0
  }, 'places and connections are free')
  assert.equal((await send(`${app.url}/health`)).status, 200)
})

test('HT08 a thousand requests leave no listeners on their connection, nor more on each answer than the first', async (t) => {
  const app = await runApp(t, { queue: QUEUE, cache: CACHE, requestTimeoutMs: 5_000 })
  const counts: (readonly [socket: number, request: number, response: number, server: number])[] = []
  const listenersOf = (emitter: EventEmitter): number =>
    emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)
  app.server.prependListener('request', (request, response) => {
    counts.push([request.socket, request, response, app.server].map(listenersOf) as never)
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  for (let round = 0; round < 250; round++) {
    await send(`${app.url}/work?bytes=300000`, { agent })
    await send(`${app.url}/work?wait=1`, { agent })
    await send(`${app.url}/search`, { agent, method: 'POST', body: '{"query":"word"}' })
    await send(`${app.url}/nowhere`, { agent, method: 'POST', body: 'unread' })
  }
  assert.equal(counts.length, 1_000)
  assert.deepEqual(counts.slice(-4), counts.slice(4, 8))
})

test('HT02 a limit of connections that is set while the server runs holds for those that are open already', async (t) => {
  const app = await runApp(t)
  const sockets = [open(t, app), open(t, app)]
  await until(async () => (await connectionsOf(app)) === 2, 'both are open')
  const next = createApp(
    { ...PLAIN, http: { ...PLAIN.http, maxConnectionsPerClient: 2 } },
    { random: seededRandom(1), server: app.server },
  )
  t.after(() => next.drain(0))
  await app.leave()
  await once(open(t, app), 'close', { signal: AbortSignal.timeout(5_000) })
  assert.ok(sockets.every((socket) => !socket.destroyed))
})

test('HT09 204 and 304 have neither a body nor a length', async (t) => {
  const routes: readonly Route[] = [204, 304].map((status) => ({
    method: 'GET',
    path: `/${status}`,
    handle: () => ({ status, contentType: 'text/plain', body: 'not to be sent' }),
  }))
  const { url } = await runApp(t, {}, routes)
  for (const status of [204, 304]) {
    const { headers, body, status: received } = await send(`${url}/${status}`)
    assert.deepEqual([received, headers['content-length'], body.length], [status, undefined, 0])
  }
})

test('HT10 whatever a handler throws, also what is no error or refers to itself, its client gets a plain 500', async (t) => {
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  const thrown: readonly unknown[] = ['text', undefined, null, 7, circular]
  const routes: readonly Route[] = thrown.map((value, index) => ({
    method: 'GET',
    path: `/${index}`,
    handle: () => {
      throw value
    },
  }))
  const { url } = await runApp(t, {}, routes)
  for (const { path } of routes) {
    const answer = await send(url + path)
    assert.deepEqual([answer.status, jsonOf(answer)['reason']], [500, 'internal_error'])
  }
})

test('HT10 an answer with a header that none may have becomes a plain 500, and the server goes on', async (t) => {
  const answer: Answer = { ...jsonAnswer(200, {}), headers: ['X-From-Elsewhere', 'a\u0001b'] }
  const routes: readonly Route[] = [
    { method: 'GET', path: '/at-once', handle: () => answer },
    { method: 'GET', path: '/later', handle: async () => answer },
  ]
  const errors: unknown[] = []
  const app = await runApp(t, {}, routes, (error) => errors.push(error))
  for (const { path } of routes) {
    const received = await send(app.url + path)
    assert.deepEqual([received.status, jsonOf(received)['reason']], [500, 'internal_error'])
  }
  assert.equal(errors.length, 2)
  assert.equal((await send(`${app.url}/health`)).status, 200)
})

test('HT11 figures are for people on this machine, not for those whom a proxy on it speaks for', async (t) => {
  const { url } = await runApp(t)
  assert.equal((await send(`${url}/stats`)).status, 200)
  for (const headers of [{ 'x-forwarded-for': '192.0.2.1' }, { forwarded: 'for=192.0.2.1' }]) {
    assert.equal((await send(`${url}/stats`, { headers })).status, 404)
  }
})

test('HT11 no page of another origin may read answers', async (t) => {
  const { url } = await runApp(t)
  const { headers } = await send(`${url}/work`, { headers: { origin: 'http://evil.example' } })
  assert.deepEqual(
    Object.keys(headers).filter((name) => name.startsWith('access-control-')),
    [],
  )
})
