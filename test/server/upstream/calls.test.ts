import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import type { UpstreamOutcome } from '../../../src/server/upstream/failover.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { behaviours, refusedOrigin, startMisbehavingServer } from '../../support/misbehaving-server.ts'
import { inTurn, right, status } from '../../support/listeners.ts'
import { until } from '../../support/until.ts'
import { callAddresses, callUpstreams } from '../../support/upstreams.ts'

function detailOf(outcome: UpstreamOutcome): string {
  return 'detail' in outcome ? outcome.detail : assert.fail(outcome.kind)
}

/** Sends a byte every 20 ms, without an end. */
function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 1_000_000 })
  const timer = setInterval(() => response.write('.'), 20)
  response.once('close', () => clearInterval(timer))
}

/** An address at which connections neither come about nor fail: its process never accepts, and its backlog is full. */
async function blackHole(t: TestContext): Promise<string> {
  const code = `const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    process.stdout.write(String(server.address().port), () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
  })`
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  const sockets = Array.from({ length: 3 }, () =>
    connect(Number(String(port)), '127.0.0.1').on('error', () => undefined),
  )
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    child.kill('SIGKILL')
  })
  await once(sockets[1] ?? assert.fail(), 'connect')
  return `http://127.0.0.1:${String(port)}`
}

const LONG = { timeoutMs: 20_000, connectTimeoutMs: 20_000, headersTimeoutMs: 20_000, bodyTimeoutMs: 20_000 }

for (const [part, listener, limit, reason] of [
  ['the beginning of an answer', () => undefined, { headersTimeoutMs: 300 }, /no answer within 300 ms/],
  [
    'a pause within an answer',
    (_request, response) => void response.writeHead(200, { 'content-length': 10 }).write('half'),
    { bodyTimeoutMs: 300 },
    /a pause of 300 ms in its answer/,
  ],
  ['an answer that drips', (_request, response) => drip(response), { timeoutMs: 300 }, /no answer within 300 ms/],
] as readonly (readonly [string, RequestListener, object, RegExp])[]) {
  test(`UP03 ${part} has a limit of its own, kept on an idle event loop`, async (t) => {
    const { call } = await callUpstreams(t, [listener], { ...LONG, ...limit, maxAttempts: 1 })
    const startMs = performance.now()
    const outcome = await call({}, { withinMs: 30_000 })
    const tookMs = performance.now() - startMs
    assert.match(detailOf(outcome), reason)
    // Not sooner; and far from any other limit.
    assert.ok(tookMs >= 300 && tookMs < 10_000, `${tookMs} ms`)
  })
}

test('UP03 an answer that goes on and on is no pause', async (t) => {
  const slow: RequestListener = (_request, response) => {
    response.write('[')
    let left = 10
    const timer = setInterval(() => {
      if (left-- > 0) return void response.write(' ')
      clearInterval(timer)
      response.end(']')
    }, 250)
  }
  const { call } = await callUpstreams(t, [slow], { ...LONG, bodyTimeoutMs: 2_000 })
  assert.equal((await call({}, { withinMs: 30_000 })).kind, 'answered')
})

test('UP03 a connection that does not come about has a limit of its own', async (t) => {
  const addresses = [{ name: 'a', url: await blackHole(t) }]
  const { call } = callAddresses(t, { ...LONG, addresses, connectTimeoutMs: 300, maxAttempts: 1 })
  const startMs = performance.now()
  assert.match(detailOf(await call({}, { withinMs: 30_000 })), /no connection within 300 ms|UND_ERR_CONNECT_TIMEOUT/)
  assert.ok(performance.now() - startMs < 10_000)
})

test('UP05 a request that finds its connection closed is sent again on a fresh one, and its caller learns nothing', async (t) => {
  let connections = 0
  // Answers the first request of a connection, and closes it at the second, as a server does that was about to anyway.
  const server = createServer((socket) => {
    connections++
    let requests = 0
    socket.on('error', () => undefined)
    socket.on('data', () => {
      if (++requests > 1) socket.destroy()
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo // listens on TCP
  const { call, figuresOf } = callAddresses(t, { addresses: [{ name: 'a', url: `http://127.0.0.1:${port}` }] })
  await Promise.all(Array.from({ length: 5 }, () => call()))
  assert.equal(connections, 5)
  assert.equal((await call()).kind, 'answered')
  assert.deepEqual([figuresOf('a').retries, connections], [1, 6])

  const unrepeated = await call({ isRepeatable: false })
  assert.deepEqual([unrepeated.kind, figuresOf('a').retries], ['failed', 1])
})

for (const [what, listener] of [
  ['answers 500', status(500)],
  ['answers 502', status(502)],
  ['resets the connection', (request) => void request.socket.resetAndDestroy()],
  ['breaks its answer off', (_request, response) => void response.writeHead(200, { 'content-length': 9 }).write('{')],
] as readonly (readonly [string, RequestListener])[]) {
  test(`UP05 UP06 an upstream that ${what} is asked again only when that is harmless; another one always`, async (t) => {
    const [a, b] = [inTurn(listener), inTurn(right)]
    const limits = { bodyTimeoutMs: 100, maxAttempts: 3, breaker: null }
    const alone = await callUpstreams(t, [a], limits)
    assert.equal((await alone.call({ isRepeatable: false })).kind, 'failed')
    assert.equal(a.calls, 1)
    await alone.call({ isRepeatable: true })
    assert.equal(a.calls, 4)
    const both = await callUpstreams(t, [a, b], limits)
    const outcome = await both.call({ isRepeatable: false })
    assert.deepEqual([outcome.kind, b.calls], ['answered', 1])
  })
}

for (const [what, first] of [
  ['answers 503', status(503)],
  ['answers 429', status(429)],
] as readonly (readonly [string, RequestListener])[]) {
  test(`UP06 an upstream that ${what} has done nothing, so every request may be sent again`, async (t) => {
    const { call } = await callUpstreams(t, [inTurn(first, right)])
    assert.equal((await call({ isRepeatable: false })).kind, 'answered')
  })
}

test('UP06 a request that could not be sent may always be sent again', async (t) => {
  const { call, figuresOf } = callAddresses(t, { addresses: [{ name: 'a', url: await refusedOrigin() }] })
  const outcome = await call({ isRepeatable: false })
  assert.match(detailOf(outcome), /ECONNREFUSED/)
  assert.deepEqual([figuresOf('a').calls, figuresOf('a').retries], [2, 1])
})

test('UP06 a body is the same byte for byte when it is sent again', async (t) => {
  const bodies: Buffer[] = []
  const { call } = await callUpstreams(t, [
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        bodies.push(Buffer.concat(chunks))
        response.writeHead(bodies.length === 1 ? 500 : 200).end('{}')
      })
    },
  ])
  const body = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256))
  await call({ body })
  assert.deepEqual(bodies, [body, body])
})

for (const [what, retryAfter] of [
  ['seconds', () => '1'],
  ['an HTTP date', () => new Date(Date.now() + 2_000).toUTCString()],
] as const) {
  test(`UP08 Retry-After in ${what} is waited for`, async (t) => {
    const later: RequestListener = (...call) => status(503, { 'retry-after': retryAfter() })(...call)
    const { call } = await callUpstreams(t, [inTurn(later, right)])
    const startMs = performance.now()
    assert.equal((await call({}, { withinMs: 10_000 })).kind, 'answered')
    assert.ok(performance.now() - startMs > 500)
  })
}

for (const code of [429, 503]) {
  test(`UP08 a Retry-After of an hour on ${code} is passed on at once, and nobody waits`, async (t) => {
    const upstream = inTurn(status(code, { 'retry-after': '3600' }))
    const { call } = await callUpstreams(t, [upstream])
    const outcome = await call({}, { withinMs: 60_000 })
    assert.deepEqual([outcome.kind, 'retryAfterS' in outcome && outcome.retryAfterS], ['unavailable', 3_600])
    assert.equal(upstream.calls, 1)
  })
}

for (const value of ['soon', '-5']) {
  test(`UP08 a Retry-After of "${value}" is ignored`, async (t) => {
    const { call } = await callUpstreams(t, [inTurn(status(503, { 'retry-after': value }), right)])
    assert.equal((await call()).kind, 'answered')
  })
}

test('UP09 the deadline includes all attempts, and no attempt is begun without time for it', async (t) => {
  const upstream = inTurn((_request, response) => void setTimeout(() => response.writeHead(500).end(), 500))
  const { call } = await callUpstreams(t, [upstream], { maxAttempts: 5, breaker: null, minRetries: 100 })
  const startMs = performance.now()
  const outcome = await call({}, { withinMs: 1_250 })
  assert.equal(outcome.kind, 'failed')
  assert.ok(upstream.calls >= 2 && upstream.calls <= 3, `${upstream.calls} calls`)
  assert.ok(performance.now() - startMs < 3_000)
})

test('UP10 an upstream that always fails sees at most a fifth more calls than there are requests, and three', async (t) => {
  const upstream = inTurn(status(500))
  const limits = { maxAttempts: 5, breaker: null, maxConnections: 50, maxPending: 500, connectTimeoutMs: 10_000 }
  const { upstreams, call } = await callUpstreams(t, [upstream], limits)
  for (let round = 0; round < 4; round++) {
    const calls = await Promise.all(Array.from({ length: 250 }, () => call({}, { withinMs: 30_000 })))
    assert.ok(calls.every(({ kind }) => kind === 'failed'))
  }
  assert.ok(upstream.calls > 1_100 && upstream.calls <= 1_203, `${upstream.calls} calls`)
  // Each request that was not retried to the end was refused once.
  assert.ok(upstreams.failoverFigures().retriesRefused > 500)
})

test('UP10 with a budget of nothing the first failure is final', async (t) => {
  const upstream = inTurn(status(500))
  const limits = { maxAttempts: 5, breaker: null, retryFraction: 0, minRetries: 0 }
  const { upstreams, call } = await callUpstreams(t, [upstream], limits)
  assert.match(detailOf(await call()), /answered 500/)
  assert.deepEqual([upstream.calls, upstreams.failoverFigures().retriesRefused], [1, 1])
})

test('UP11 UP12 attempts do not multiply, and the circuit breaker hears of each of them once', async (t) => {
  const [a, b] = [inTurn(status(500)), inTurn(status(500))]
  const breaker = { failureThreshold: 100, recoveryMs: 60_000, halfOpenProbes: 1 }
  const { upstreams, call } = await callUpstreams(t, [a, b], { maxAttempts: 3, breaker })
  await call()
  assert.deepEqual([a.calls, b.calls], [3, 3])
  const heard = upstreams.breakerFigures().map((figures) => [figures.breaker?.admitted, figures.breaker?.failed])
  assert.deepEqual(heard, [
    [3, 3],
    [3, 3],
  ])
})

test('UP12 a request whose failure opens the circuit does not call that upstream again, and a probe is one call', async (t) => {
  const upstream = inTurn(status(500))
  const breaker = { failureThreshold: 1, recoveryMs: 60_000, halfOpenProbes: 1 }
  const clock = new FakeClock()
  const { upstreams, call } = await callUpstreams(t, [upstream], { maxAttempts: 5, breaker }, clock)
  const callOnce = async (): Promise<void> => {
    let isOver = false
    void call().finally(() => (isOver = true))
    await until(() => {
      if (!isOver) clock.advance(1)
      return isOver
    }, 'the end of the call')
  }
  await callOnce()
  assert.equal(upstream.calls, 1)
  clock.advance(60_000)
  assert.ok(upstreams.isAvailable())
  await callOnce()
  assert.equal(upstream.calls, 2)
})

test('UP18 hints before an answer and trailers behind it do not disturb it', async (t) => {
  const { call } = await callUpstreams(t, [
    (_request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      response.writeHead(200, { trailer: 'x-checksum' })
      response.write('{"a":')
      response.addTrailers({ 'x-checksum': '1' })
      response.end('1}')
    },
  ])
  assert.deepEqual(await call(), { kind: 'answered', upstream: 'a', status: 200, body: '{"a":1}' })
})

for (const code of [204, 304]) {
  test(`UP18 an answer ${code} has no body, whatever it announces`, async (t) => {
    const { call } = await callUpstreams(t, [status(code, { 'content-length': '10' })])
    assert.deepEqual(await call(), { kind: 'answered', upstream: 'a', status: code, body: '' })
  })
}

test('UP18 an answer of more than 10 MiB is cut, and is a failure', async (t) => {
  const piece = Buffer.alloc(1_048_576, ' ')
  let sent = 0
  const { call } = await callUpstreams(
    t,
    [
      (_request, response) => {
        const more = (): void => {
          sent += piece.length
          if (!response.destroyed && sent < 100 * piece.length) response.write(piece, more)
        }
        more()
      },
    ],
    { maxAttempts: 1 },
  )
  assert.match(detailOf(await call({}, { withinMs: 20_000 })), /more than 10485760 bytes/)
  assert.ok(sent < 50 * piece.length, 'the rest is not read')
})

for (const what of [
  'does not speak HTTP',
  'sends half a chunked body and closes',
  'sends half a body and closes',
] as const) {
  test(`an upstream that ${what} has failed`, async (t) => {
    const server = await startMisbehavingServer(behaviours[what])
    t.after(() => server.close())
    const { call, figuresOf } = callAddresses(t, { addresses: [{ name: 'a', url: server.origin }], maxAttempts: 1 })
    assert.equal((await call({ body: '' })).kind, 'failed')
    assert.equal(figuresOf('a').failures, 1)
  })
}

test('an answer that is no JSON is a failure, because half of an answer may look whole', async (t) => {
  const { call } = await callUpstreams(t, [(_request, response) => void response.end('{"text":"ri')], {
    maxAttempts: 1,
  })
  assert.match(detailOf(await call()), /no JSON/)
})
