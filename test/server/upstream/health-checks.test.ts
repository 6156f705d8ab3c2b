import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'

import { seededRandom } from '../../../src/core/random.ts'
import { HealthChecks } from '../../../src/server/upstream/health-checks.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { inTurn, right, status } from '../../support/listeners.ts'
import { until } from '../../support/until.ts'
import { callUpstreams } from '../../support/upstreams.ts'

const OPTIONS = { intervalMs: 15_000, timeoutMs: 5_000, threshold: 2 }

/** Something to check that notes when, and whose checks end when a test says so. */
function checkable(clock: FakeClock) {
  const startedAtMs: number[] = []
  const ends: (() => void)[] = []
  const check = (_timeoutMs: number, signal: AbortSignal): Promise<void> => {
    startedAtMs.push(clock.now() - 1_000)
    return new Promise((resolve) => {
      ends.push(resolve)
      signal.addEventListener('abort', () => resolve())
    })
  }
  return { check, startedAtMs, end: () => ends.shift()?.() }
}

async function pass(clock: FakeClock, ms: number): Promise<void> {
  await turn()
  clock.advance(ms)
  await turn()
}

test('UP14 checks come every 15 s give or take a tenth, the first at any time of the first interval', async () => {
  const clock = new FakeClock()
  const upstream = checkable(clock)
  const checks = new HealthChecks([upstream], OPTIONS, clock, seededRandom(3))
  for (let second = 0; second < 2_000; second++) {
    await pass(clock, 1_000)
    upstream.end()
  }
  const [first = Infinity] = upstream.startedAtMs
  assert.ok(first < 15_000)
  const gaps = upstream.startedAtMs.slice(1).map((ms, index) => ms - (upstream.startedAtMs[index] ?? 0))
  assert.ok(gaps.length > 100)
  // An interval begins when a check has ended, which takes up to a second here.
  for (const gap of gaps) assert.ok(gap >= 13_500 && gap <= 17_500, `${gap} ms`)
  assert.ok(Math.max(...gaps) - Math.min(...gaps) > 1_000, 'they are jittered')
  await checks.stop()
})

test('UP14 a check that takes long is never overlapped by the next', async () => {
  const clock = new FakeClock()
  const upstream = checkable(clock)
  const checks = new HealthChecks([upstream], OPTIONS, clock, seededRandom(3))
  for (let minute = 0; minute < 10; minute++) await pass(clock, 60_000)
  assert.equal(upstream.startedAtMs.length, 1)
  await checks.stop()
})

test('UP14 stopping ends the check under way and leaves no task', async () => {
  const clock = new FakeClock()
  const upstreams = [checkable(clock), checkable(clock)]
  const checks = new HealthChecks(upstreams, OPTIONS, clock, seededRandom(3))
  await pass(clock, 7_000)
  await checks.stop()
  await pass(clock, 100_000)
  assert.equal(clock.pendingTasks, 0)
})

const QUICK = { intervalMs: 20, timeoutMs: 10_000, threshold: 2 }

/** Does one thing for checks and another for calls. */
function withHealth(health: RequestListener, calls: RequestListener): RequestListener {
  return (request, response) => (request.url === '/health' ? health : calls)(request, response)
}

for (const [what, health] of [
  ['answers 500 to checks', status(500)],
  ['hangs when it is checked', () => undefined],
  ['resets connections of checks', (request) => void request.socket.resetAndDestroy()],
] as readonly (readonly [string, RequestListener])[]) {
  test(`UP14 an upstream that ${what} gets no calls while another is there, and gets them back when it is well`, async (t) => {
    let isDown = true
    const calls = inTurn(right)
    const a = withHealth((...args) => (isDown ? health : right)(...args), calls)
    const { call, upstreams, figuresOf } = await callUpstreams(t, [a, right], {
      health: { ...QUICK, timeoutMs: 100 },
    })
    const isHealthy = (): boolean => upstreams.breakerFigures()[0]?.isAvailable === true
    await until(() => !isHealthy(), 'a is down')
    const outcome = await call()
    assert.deepEqual(['upstream' in outcome && outcome.upstream, calls.calls], ['b', 0])
    assert.ok(figuresOf('a').failedChecks >= 2)
    isDown = false
    await until(isHealthy, 'a is up')
    await until(async () => 'upstream' in (await call()) && calls.calls > 0, 'a is called again')
  })
}

test('UP14 any answer that is no server error passes a check: not every upstream has the path', async (t) => {
  const { upstreams, figuresOf } = await callUpstreams(t, [withHealth(status(404), right)], { health: QUICK })
  await until(() => figuresOf('a').checks >= 4, 'four checks')
  assert.deepEqual([figuresOf('a').failedChecks, upstreams.breakerFigures()[0]?.isAvailable], [0, true])
})

test('UP14 when all are down the least bad one is tried once, and then it is 503 with the time to come back', async (t) => {
  let isWorking = true
  const [a, b] = [inTurn((...args) => (isWorking ? right : status(500))(...args)), inTurn(right)]
  const down = status(500)
  const { call, upstreams } = await callUpstreams(t, [withHealth(down, a), withHealth(down, b)], {
    health: QUICK,
    maxAttempts: 3,
  })
  await until(() => upstreams.breakerFigures().every(({ isAvailable }) => !isAvailable), 'both are down')
  assert.equal((await call()).kind, 'answered')
  isWorking = false
  const outcome = await call()
  assert.deepEqual([outcome.kind, a.calls, b.calls], ['unavailable', 2, 0])
  assert.ok('retryAfterS' in outcome && outcome.retryAfterS >= 1)
})

test('UP14 HEALTH_TIMEOUT is the time that a check may take', async (t) => {
  const slow: RequestListener = (_request, response) => void setTimeout(() => response.end(), 300)
  const failedOf = async (timeoutMs: number): Promise<number> => {
    const { figuresOf } = await callUpstreams(t, [withHealth(slow, right)], { health: { ...QUICK, timeoutMs } })
    await until(() => figuresOf('a').checks >= 3, 'three checks')
    return figuresOf('a').failedChecks
  }
  assert.equal(await failedOf(10_000), 0)
  assert.ok((await failedOf(50)) >= 2)
})
