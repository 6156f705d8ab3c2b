import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import type { Clock } from '../../../src/core/clock.ts'
import { systemClock } from '../../../src/host/system-clock.ts'
import type { UpstreamOptions } from '../../../src/server/options/upstream.ts'
import { startSimulators } from '../../../src/server/simulators.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { inTurn, right, status } from '../../support/listeners.ts'
import type { CountingListener } from '../../support/listeners.ts'
import { refusedOrigin } from '../../support/misbehaving-server.ts'
import { until } from '../../support/until.ts'
import { callAddresses, callUpstreams, runUpstream } from '../../support/upstreams.ts'
import type { CalledUpstreams } from '../../support/upstreams.ts'

const hang: RequestListener = () => undefined
const reset: RequestListener = (request) => void request.socket.resetAndDestroy()
/** Sends this much of an answer; then the connection ends, or nothing more comes. */
const begin =
  (part: string, isCut: boolean): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write(part)
    if (isCut) setImmediate(() => response.destroy())
  }

interface Setup extends CalledUpstreams {
  readonly a: CountingListener
  readonly b: CountingListener
}

/** A primary `a` that does what a scenario says, and a fallback `b` that is right unless said otherwise. */
async function setUp(
  t: TestContext,
  primary: RequestListener,
  options: Partial<UpstreamOptions> = {},
  fallback: RequestListener = right,
  clock: Clock = systemClock,
): Promise<Setup> {
  const [a, b] = [inTurn(primary), inTurn(fallback)]
  return { a, b, ...(await callUpstreams(t, [a, b], options, clock)) }
}

for (const [what, primary] of [
  ['resets connections', reset],
  ['answers 500', status(500)],
  ['answers 503', status(503)],
  ['answers 429', status(429)],
  ['hangs', hang],
] as const) {
  test(`UP13 the same request succeeds at the next upstream when the first one ${what}, also one that must not be repeated`, async (t) => {
    const { call, a, b, figuresOf } = await setUp(t, primary, { headersTimeoutMs: 200 })
    const outcome = await call({ isRepeatable: false })
    assert.deepEqual([outcome.kind, 'upstream' in outcome && outcome.upstream], ['answered', 'b'])
    assert.deepEqual([a.calls, b.calls, figuresOf('b').failovers, figuresOf('b').retries], [1, 1, 1, 0])
  })
}

test('UP13 upstreams are asked in the order of preference, those that are not named after them', async (t) => {
  const order: string[] = []
  const failing = ['a', 'b', 'c'].map((name): RequestListener => (_request, response) => {
    order.push(name)
    response.writeHead(500).end()
  })
  const { call, upstreams } = await callUpstreams(t, failing, { preference: ['c'], maxAttempts: 1 })
  await call()
  assert.deepEqual(order, ['c', 'a', 'b'])
  assert.deepEqual(
    upstreams.figures().map(({ name }) => name),
    ['c', 'a', 'b'],
  )
})

test('UP13 an upstream that hangs leaves time for the ones behind it', async (t) => {
  const { call, b } = await setUp(t, hang, { timeoutMs: 60_000, headersTimeoutMs: 60_000, maxAttempts: 1 })
  const outcome = await call({}, { withinMs: 600 })
  assert.deepEqual([outcome.kind, b.calls], ['answered', 1])
})

test('UP13 an upstream that has recovered gets its calls back little by little', async (t) => {
  let isDown = true
  const clock = new FakeClock()
  const primary: RequestListener = (...args) => (isDown ? status(500) : right)(...args)
  const { call, figuresOf, upstreams } = await setUp(t, primary, {}, right, clock)
  for (let request = 0; request < 5; request++) await call()
  assert.deepEqual([figuresOf('a').breaker, figuresOf('a').ejections, figuresOf('a').calls], ['open', 1, 3])
  isDown = false
  const [{ isAvailable } = assert.fail()] = upstreams.breakerFigures()
  assert.equal(isAvailable, false)
  clock.advance(60_000)
  const before = figuresOf('a').calls
  for (let request = 0; request < 100; request++) assert.equal((await call()).kind, 'answered')
  const share = (figuresOf('a').calls - before) / 100
  // A tenth, with seeded luck.
  assert.ok(share > 0 && share < 0.3, `${share}`)
})

test('UP14 UP15 with two dead upstreams before one that lives, every request is answered, and soon by one call', async (t) => {
  const [one, two] = await Promise.all([refusedOrigin(), refusedOrigin()])
  const alive = await runUpstream(t, right)
  const addresses = [
    { name: 'a', url: one },
    { name: 'b', url: two },
    { name: 'c', url: alive },
  ]
  const { call, figuresOf } = callAddresses(t, { addresses })
  for (let request = 0; request < 20; request++) assert.equal((await call()).kind, 'answered')
  assert.deepEqual([figuresOf('a').calls, figuresOf('b').calls, figuresOf('c').calls], [3, 3, 20])
})

test('UP14 without circuit breakers at most half of the upstreams are ejected, and the others are still called', async (t) => {
  const listeners = Array.from({ length: 4 }, () => inTurn(status(500)))
  const { call, upstreams } = await callUpstreams(t, listeners, { breaker: null, maxAttempts: 1 })
  for (let request = 0; request < 20; request++) await call()
  assert.deepEqual(
    upstreams.figures().map(({ ejections }) => ejections),
    [1, 1, 0, 0],
  )
  assert.deepEqual(
    listeners.map(({ calls }) => calls),
    [5, 5, 20, 20],
  )
})

test('UP16 S01 429 with Retry-After once: the request waits for it when there is nobody else, and is answered', async (t) => {
  const limited = inTurn(status(429, { 'retry-after': '1' }), right)
  const { call } = await callUpstreams(t, [limited])
  const startMs = performance.now()
  assert.equal((await call()).kind, 'answered')
  assert.deepEqual([limited.calls, performance.now() - startMs >= 990], [2, true])
})

test('UP16 S02 429 again and again: the fallback answers, and whoever said how long to wait is left alone', async (t) => {
  const { call, a, b } = await setUp(t, status(429, { 'retry-after': '60' }))
  for (let request = 0; request < 10; request++) assert.equal((await call()).kind, 'answered')
  assert.deepEqual([a.calls, b.calls], [1, 10])
})

test('UP16 S03 500 once: a lone upstream is asked a second time', async (t) => {
  const once = inTurn(status(500), right)
  const { call } = await callUpstreams(t, [once])
  assert.equal((await call()).kind, 'answered')
  assert.equal(once.calls, 2)
})

test('UP16 S04 S16 503 all the time: the fallback answers, its name and its answer are told, and the primary is called once', async (t) => {
  const usage: RequestListener = (_request, response) => void response.end('{"model":"b","usage":7}')
  const { call, a } = await setUp(t, status(503), {}, usage)
  assert.deepEqual(await call(), { kind: 'answered', upstream: 'b', status: 200, body: '{"model":"b","usage":7}' })
  assert.equal(a.calls, 1)
})

test('UP16 S05 a reset before the headers, once: a lone upstream is asked again', async (t) => {
  const { call } = await callUpstreams(t, [inTurn(reset, right)])
  assert.equal((await call()).kind, 'answered')
})

test('UP16 S06 no answer at all: the fallback answers long before the request is over', async (t) => {
  const { call } = await setUp(t, hang, { headersTimeoutMs: 150 })
  const startMs = performance.now()
  assert.equal((await call({}, { withinMs: 20_000 })).kind, 'answered')
  assert.ok(performance.now() - startMs < 5_000)
})

test('UP16 S07 a late beginning of the answer is waited for', async (t) => {
  const late: RequestListener = (_request, response) => void setTimeout(() => response.end('{}'), 400)
  const { call, b } = await setUp(t, late)
  const outcome = await call()
  assert.deepEqual(['upstream' in outcome && outcome.upstream, b.calls], ['a', 0])
})

for (const [scenario, what, primary] of [
  ['S08', 'an answer cut off', begin('{"text":"forty of sixty', true)],
  [
    'S08',
    'an answer cut off where nothing tells its length',
    (_request, response) => {
      response.removeHeader('transfer-encoding')
      response.useChunkedEncodingByDefault = false
      response.shouldKeepAlive = false
      response.writeHead(200).end('{"text":"forty of six')
    },
  ],
  ['S09', 'an answer that stops with its connection open', begin('{"text":', false)],
  [
    'S10',
    'a chunk that is none',
    (_request, response) =>
      void response.socket?.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhi\r\n'),
  ],
] as readonly (readonly [string, string, RequestListener])[]) {
  test(`UP16 ${scenario} ${what} is no answer: the fallback gives the whole one, and the next request is fine`, async (t) => {
    const { call, a, figuresOf } = await setUp(t, primary, { bodyTimeoutMs: 200 })
    for (let request = 0; request < 2; request++) {
      const outcome = await call()
      assert.deepEqual(['body' in outcome && outcome.body], ['{"text":"right"}'])
    }
    assert.deepEqual([a.calls, figuresOf('a').failures], [2, 2])
  })
}

test('UP16 S08 without a fallback an answer cut off is a clear error, and nothing of it is passed on', async (t) => {
  const { call } = await callUpstreams(t, [begin('{"text":"forty of sixty', true)])
  const outcome = await call()
  assert.deepEqual([outcome.kind, 'body' in outcome], ['failed', false])
})

test('UP16 S11 an answer that ends with its connection and is whole is taken at once', async (t) => {
  const closing: RequestListener = (_request, response) => {
    response.shouldKeepAlive = false
    response.useChunkedEncodingByDefault = false
    response.writeHead(200).end('{"text":"whole"}')
  }
  const { call, b } = await setUp(t, closing)
  assert.deepEqual([(await call()).kind, b.calls], ['answered', 0])
})

for (const [scenario, reason] of [
  ['S12', 'context_length_exceeded'],
  ['S13', 'content_filter'],
] as const) {
  test(`UP16 ${scenario} 400 ${reason} is passed on as it is: nobody is asked again, and nobody is blamed`, async (t) => {
    const body = JSON.stringify({ error: { code: reason } })
    const { call, a, b, figuresOf } = await setUp(t, (_request, response) => void response.writeHead(400).end(body))
    assert.deepEqual(await call(), { kind: 'answered', upstream: 'a', status: 400, body })
    assert.deepEqual([a.calls, b.calls, figuresOf('a').failures], [1, 0, 0])
  })
}

test('UP16 S14 when the fallback refuses the request after a cut answer, its own words are passed on, and nothing partial', async (t) => {
  const { call } = await setUp(t, begin('{"text":"half', true), {}, status(400))
  assert.deepEqual(await call(), { kind: 'answered', upstream: 'b', status: 400, body: '{}' })
})

test('UP16 S15 a primary that is down for a time: all requests are answered, few of them ask it, and it gets its calls back', async (t) => {
  let isDown = true
  const clock = new FakeClock()
  const primary: RequestListener = (...args) => (isDown ? status(503) : right)(...args)
  const { call, a, b } = await setUp(t, primary, {}, right, clock)
  for (let request = 0; request < 20; request++) assert.equal((await call()).kind, 'answered')
  assert.deepEqual([a.calls, b.calls], [3, 20])
  isDown = false
  const answeredBy = new Set<string>()
  for (let second = 0; second < 75; second++) {
    clock.advance(1_000)
    const outcome = await call()
    answeredBy.add(outcome.kind === 'answered' ? outcome.upstream : assert.fail(outcome.kind))
  }
  assert.ok(answeredBy.has('a'), 'the primary is asked again')
})

test('UP16 while a simulated primary flaps every request is answered, by the fallback where the primary fails', async (t) => {
  const simulators = await startSimulators({ cpus: [], seed: 1 })
  t.after(() => simulators.stop())
  await simulators.setFault('primary', { errorRate: 1, flappingMs: 400 })
  const { addresses } = simulators
  // So many failures that neither the circuit nor an ejection ends the flapping for us.
  const breaker = { failureThreshold: 10_000, recoveryMs: 60_000, halfOpenProbes: 1 }
  const { call, figuresOf } = callAddresses(t, { addresses, timeoutMs: 20_000, breaker, maxAttempts: 1 })
  const answeredBy = new Set<string>()
  await until(async () => {
    const outcome = await call({}, { withinMs: 30_000 })
    answeredBy.add(outcome.kind === 'answered' ? outcome.upstream : assert.fail(outcome.kind))
    return answeredBy.has('primary') && answeredBy.has('secondary')
  }, 'answers of both')
  assert.ok(figuresOf('primary').failures > 0)
})
