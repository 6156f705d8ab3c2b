import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import type { RequestListener } from 'node:http'
import { test } from 'node:test'

import { FakeClock } from '../../support/fake-clock.ts'
import { until } from '../../support/until.ts'
import { callAddresses, callUpstreams, runUpstream } from '../../support/upstreams.ts'

/** Answers after a time, and notes the sockets it has seen. */
function counting(delayMs = 30): RequestListener & { readonly sockets: Set<unknown> } {
  const sockets = new Set<unknown>()
  const listener: RequestListener = (request, response) => {
    sockets.add(request.socket)
    setTimeout(() => response.end('{}'), delayMs)
  }
  return Object.assign(listener, { sockets })
}

test('UP01 a thousand calls at once open a hundred connections, of which twenty stay and serve the next calls', async (t) => {
  const upstream = counting()
  const limits = { maxConnections: 100, maxIdleConnections: 20, maxPending: 1_000, connectTimeoutMs: 10_000 }
  const { call, figuresOf } = await callUpstreams(t, [upstream], limits)
  const calls = Array.from({ length: 1_000 }, () => call({}, { withinMs: 30_000 }))
  for (const { kind } of await Promise.all(calls)) assert.equal(kind, 'answered')
  assert.equal(upstream.sockets.size, 100)
  await until(() => figuresOf('a').connected <= 20, 'the others are closed')
  assert.equal(figuresOf('a').connected, 20)
  await Promise.all(Array.from({ length: 20 }, () => call()))
  assert.equal(upstream.sockets.size, 100)
})

test('UP01 upstreams that share a host and port share its connections', async (t) => {
  const upstream = counting()
  const url = await runUpstream(t, upstream)
  const addresses = [
    { name: 'a', url: `${url}/one` },
    { name: 'b', url: `${url}/two` },
  ]
  const limits = { addresses, maxConnections: 100, maxSharedConnections: 3, maxPending: 100, breaker: null }
  const { call } = callAddresses(t, limits)
  await Promise.all(Array.from({ length: 20 }, () => call()))
  assert.equal(upstream.sockets.size, 3)
  const alone = callAddresses(t, { ...limits, addresses: addresses.slice(1) })
  upstream.sockets.clear()
  await Promise.all(Array.from({ length: 20 }, () => alone.call()))
  assert.ok(upstream.sockets.size > 3, 'one that has the host to itself has all of its connections')
})

test('UP02 calls beyond the connections wait, those beyond the waiting are refused at once, and so is one that waits too long', async (t) => {
  const answers: (() => void)[] = []
  const holding: RequestListener = (_request, response) => void answers.push(() => response.end('{}'))
  const limits = { maxConnections: 1, maxPending: 1, connectTimeoutMs: 150, maxAttempts: 1 }
  const clock = new FakeClock()
  const { call, figuresOf } = await callUpstreams(t, [holding], limits, clock)
  const running = call()
  await until(() => answers.length === 1, 'the first runs')
  const waiting = call()
  assert.equal(figuresOf('a').pending, 1)
  const refused = await call()
  assert.deepEqual([refused.kind, 'reason' in refused && refused.reason], ['unavailable', 'pool_exhausted'])
  assert.equal(figuresOf('a').pending, 1)
  clock.advance(250)
  const overdue = await waiting
  assert.deepEqual([overdue.kind, 'reason' in overdue && overdue.reason], ['unavailable', 'pool_exhausted'])
  answers[0]?.()
  assert.equal((await running).kind, 'answered')
  const { pending, calls, failures } = figuresOf('a')
  assert.deepEqual([pending, calls, failures], [0, 1, 0])
})

test('UP04 a caller that leaves ends its call at once, and a connection left within an answer is not used again', async (t) => {
  const closedAtMs: number[] = []
  const sockets = new Set<unknown>()
  const { call, figuresOf } = await callUpstreams(t, [
    (request, response) => {
      sockets.add(request.socket)
      if (sockets.size > 1) return void response.end('{}')
      request.socket.once('close', () => closedAtMs.push(performance.now()))
      response.writeHead(200, { 'content-length': 100 }).write('half')
    },
  ])
  const leaving = new AbortController()
  const left = call({}, { signal: leaving.signal })
  await until(() => sockets.size === 1, 'the call')
  const leftAtMs = performance.now()
  leaving.abort()
  assert.deepEqual(await left, { kind: 'cancelled' })
  await until(() => closedAtMs.length === 1, 'its connection is closed')
  assert.ok((closedAtMs[0] ?? Infinity) - leftAtMs < 1_000)
  assert.equal((await call()).kind, 'answered')
  assert.deepEqual([sockets.size, figuresOf('a').failures, figuresOf('a').running], [2, 0, 0])
})

test('UP04 a caller that leaves while the connection is opened, or before, has never called', async (t) => {
  const { call, figuresOf } = callAddresses(t, { addresses: [{ name: 'a', url: 'http://192.0.2.1:81' }] })
  const leaving = new AbortController()
  const left = call({}, { signal: leaving.signal })
  leaving.abort()
  assert.deepEqual(
    [await left, await call({}, { signal: leaving.signal })],
    [{ kind: 'cancelled' }, { kind: 'cancelled' }],
  )
  assert.equal(figuresOf('a').failures, 0)
})

test('UP19 calls that share a signal leave no listener on it, and no warning', async (t) => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  t.after(() => process.off('warning', onWarning))
  const { call } = await callUpstreams(t, [counting(0)], { maxConnections: 50, maxPending: 1_000 })
  const shared = new AbortController()
  const { signal } = shared
  for (let round = 0; round < 20; round++) {
    const calls = Array.from({ length: 500 }, () => call({}, { signal, withinMs: 30_000 }))
    assert.ok(getEventListeners(signal, 'abort').length > 400)
    await Promise.all(calls)
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  }
  assert.deepEqual(warnings, [])
})

test('closing ends the calls under way and leaves no connection', async (t) => {
  const open = new Set<unknown>()
  const { upstreams, call, figuresOf } = await callUpstreams(t, [
    (request) => {
      open.add(request.socket)
      request.socket.once('close', () => open.delete(request.socket))
    },
  ])
  const calls = [call(), call()]
  await until(() => open.size === 2, 'both are under way')
  await upstreams.close()
  assert.deepEqual(await Promise.all(calls), [{ kind: 'cancelled' }, { kind: 'cancelled' }])
  await until(() => open.size === 0, 'their connections are closed')
  assert.deepEqual([await call(), figuresOf('a').calls], [{ kind: 'cancelled' }, 2])
})
