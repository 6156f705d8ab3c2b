import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { test } from 'node:test'

import type { UpstreamOutcome } from '../../../src/server/upstream/failover.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { inTurn, right, status } from '../../support/listeners.ts'
import { until } from '../../support/until.ts'
import { callUpstreams } from '../../support/upstreams.ts'

const LONG = { timeoutMs: 60_000, connectTimeoutMs: 60_000, headersTimeoutMs: 60_000, bodyTimeoutMs: 60_000 }
const hang: RequestListener = () => undefined

/** Moves time on in small steps until something is true. */
async function advanceUntil(clock: FakeClock, isTrue: () => boolean, what: string): Promise<void> {
  await until(() => {
    if (isTrue()) return true
    clock.advance(10)
    return false
  }, what)
}

for (const [what, silentMs, state] of [
  ['five seconds of silence is a failure', 5_000, 'open'],
  ['less than five seconds of silence is no failure', 4_999, 'closed'],
] as const) {
  test(`a call that its caller leaves after ${what} of the upstream`, async (t) => {
    const clock = new FakeClock()
    const upstream = inTurn(hang)
    const { call, figuresOf } = await callUpstreams(t, [upstream], LONG, clock)
    for (let request = 1; request <= 3; request++) {
      const leaving = new AbortController()
      const left = call({}, { withinMs: 60_000, signal: leaving.signal })
      await until(() => upstream.calls === request, 'the call')
      clock.advance(silentMs)
      leaving.abort()
      assert.deepEqual(await left, { kind: 'cancelled' })
    }
    assert.deepEqual([figuresOf('a').breaker, figuresOf('a').failures], [state, state === 'open' ? 3 : 0])
  })
}

test('a call whose answer comes piece by piece is no failure of the upstream when its caller leaves', async (t) => {
  const clock = new FakeClock()
  let pieces = 0
  let write = (): void => undefined
  const { call, figuresOf } = await callUpstreams(
    t,
    [
      (_request, response) => {
        write = () => void response.write(' ', () => pieces++)
        response.writeHead(200, { 'content-length': 100 })
        write()
      },
    ],
    LONG,
    clock,
  )
  const leaving = new AbortController()
  const left = call({}, { withinMs: 60_000, signal: leaving.signal })
  for (let piece = 1; piece <= 3; piece++) {
    await until(() => pieces === piece, 'a piece')
    // Written is not yet read.
    await new Promise((resolve) => setTimeout(resolve, 50))
    clock.advance(4_000)
    write()
  }
  leaving.abort()
  await left
  assert.equal(figuresOf('a').failures, 0)
})

for (const [withinMs, failures] of [
  [900, 0],
  [1_500, 1],
] as const) {
  test(`an upstream that we give ${withinMs} ms, where it has a minute, and that hangs is blamed ${failures} times`, async (t) => {
    const clock = new FakeClock()
    const { call, figuresOf } = await callUpstreams(t, [hang], { ...LONG, maxAttempts: 1 }, clock)
    let outcome: UpstreamOutcome | undefined
    void call({}, { withinMs }).then((value) => (outcome = value))
    await advanceUntil(clock, () => outcome !== undefined, 'the end')
    assert.deepEqual([outcome?.kind, figuresOf('a').failures], ['failed', failures])
  })
}

test('UP13 waiting for a place takes no more than its share of the time, and then the next upstream is asked', async (t) => {
  const clock = new FakeClock()
  const a = inTurn(hang)
  const limits = { ...LONG, maxConnections: 1, maxAttempts: 1 }
  const { call, figuresOf } = await callUpstreams(t, [a, right], limits, clock)
  const leaving = new AbortController()
  const first = call({}, { withinMs: 60_000, signal: leaving.signal })
  await until(() => a.calls === 1, 'the only connection is taken')
  let outcome: UpstreamOutcome | undefined
  const startMs = clock.now()
  void call({}, { withinMs: 20_000 }).then((value) => (outcome = value))
  assert.equal(figuresOf('a').pending, 1)
  clock.advance(10_100)
  await until(() => outcome !== undefined, 'the answer')
  assert.deepEqual([outcome?.kind, clock.now() - startMs, figuresOf('a').calls], ['answered', 10_100, 1])
  leaving.abort()
  await first
})

test('UP13 an answer that drips leaves time for the upstream behind it', async (t) => {
  const clock = new FakeClock()
  const a = inTurn((_request, response) => void response.writeHead(200, { 'content-length': 100 }).write('{'))
  const { call } = await callUpstreams(t, [a, right], { ...LONG, maxAttempts: 1 }, clock)
  const answer = call({}, { withinMs: 20_000 })
  await until(() => a.calls === 1, 'the call')
  clock.advance(10_100)
  assert.equal((await answer).kind, 'answered')
})

for (const [isRepeatable, sockets] of [
  [true, 1],
  [false, 2],
] as const) {
  test(`going on to the next upstream uses its open connection only where a dead one does no harm, so ${isRepeatable ? '' : 'not '}here`, async (t) => {
    const seen = new Set<unknown>()
    const b: RequestListener = (request, response) => {
      seen.add(request.socket)
      right(request, response)
    }
    const { call } = await callUpstreams(t, [status(500), b], { breaker: null })
    for (let request = 0; request < 2; request++) {
      assert.equal((await call({ isRepeatable })).kind, 'answered')
    }
    assert.equal(seen.size, sockets)
  })
}

test('UP08 when nobody can be asked again, what the round before has found is told, and a client waits a second at least', async (t) => {
  const limits = { breaker: { failureThreshold: 1, recoveryMs: 60_000, halfOpenProbes: 1 } }
  const { call } = await callUpstreams(t, [status(503, { 'retry-after': '0' })], limits)
  const outcome = await call()
  assert.ok(outcome.kind === 'unavailable' && outcome.retryAfterS >= 1)
  assert.equal(outcome.detail, 'a answered 503')
})
