import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { GeneratorPlan, GeneratorResult } from '../../src/core/generator-messages.ts'
import type { UsersWorkload } from '../../src/core/workload.ts'
import { createLoadDriver } from '../../src/load/driver.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'
import { type Behaviour, behaviours, refusedOrigin, startMisbehavingServer } from '../support/misbehaving-server.ts'
import { GET, planFor } from '../support/plans.ts'

function users(count: number, changes: Partial<UsersWorkload> = {}): UsersWorkload {
  return { kind: 'users', users: count, spawnRatePerS: 1_000, think: { minMs: 0, maxMs: 0 }, ...changes }
}

async function originOf(context: TestContext, behave: Behaviour): Promise<string> {
  const server = await startMisbehavingServer(behave)
  context.after(() => server.close())
  return server.origin
}

function run(origin: string, workload: UsersWorkload, changes: Partial<GeneratorPlan> = {}): Promise<GeneratorResult> {
  return createLoadDriver().run(planFor(origin, { workload, ...changes }), { onSnapshot: () => undefined })
}

test('users who think longer than the phase send one request each, on a connection each', async (context) => {
  const origin = await originOf(context, behaviours.answers)
  const { counts, connectionsOpened, lateness } = await run(
    origin,
    users(8, { think: { minMs: 60_000, maxMs: 60_000 } }),
  )
  assert.deepEqual([counts.sent, counts.good, connectionsOpened], [8, 8, 8])
  assert.equal(LatencyHistogram.decode(lateness).count, 8)
})

test('users begin one after the other at their spawn rate', async (context) => {
  const origin = await originOf(context, behaviours.answers)
  // At 50/s user u begins at u × 20 ms; of a hundred those begin whose turn comes within the phase, that is 8 in 150 ms.
  const workload = users(100, { spawnRatePerS: 50, think: { minMs: 60_000, maxMs: 60_000 } })
  const { counts, sendingMs } = await run(origin, workload)
  assert.ok(counts.sent >= 8 && counts.sent <= sendingMs / 20 + 1, `${counts.sent}`)
  assert.equal(counts.good, counts.sent)
})

test('a user waits for the answer and thinks before the next request', async (context) => {
  let inFlight = 0
  let mostInFlight = 0
  const origin = await originOf(context, (exchange) => {
    mostInFlight = Math.max(mostInFlight, ++inFlight)
    setTimeout(() => {
      inFlight--
      behaviours.answers(exchange)
    }, 30)
  })
  const workload = users(2, { think: { minMs: 30, maxMs: 40 } })
  const { counts, sendingMs } = await run(origin, workload, { durationMs: 400 })
  assert.equal(mostInFlight, 2)
  // A round of each of the two takes 59 ms at least: the server's timer may be early by 1 ms.
  assert.ok(counts.sent > 2 && counts.sent <= 2 * (sendingMs / 59 + 1), `${counts.sent}`)
  assert.equal(counts.good, counts.sent)
})

test('a user who need not think sends as soon as the answer is there, and thinking is not response time', async (context) => {
  const origin = await originOf(context, (exchange) => setTimeout(behaviours.answers, 10, exchange))
  const eager = await run(origin, users(1), { durationMs: 300 })
  const slow = await run(origin, users(1, { think: { minMs: 100, maxMs: 100 } }), { durationMs: 300 })
  assert.ok(eager.counts.sent > slow.counts.sent)
  for (const { routes } of [eager, slow]) {
    const times = LatencyHistogram.decode(routes[0]?.responseTime ?? new Uint8Array())
    assert.ok((times.quantileMs(0.01) ?? 0) >= 9)
    assert.ok((times.quantileMs(0.5) ?? Infinity) < 100)
  }
})

test('a request that is never answered is given up, and its user goes on', async (context) => {
  const origin = await originOf(
    context,
    ({ socket, number }) => number > 1 && behaviours.answers({ socket, number, method: 'GET', path: '/' }),
  )
  const { counts } = await run(origin, users(1, { think: { minMs: 5, maxMs: 5 } }), { timeoutMs: 40, durationMs: 400 })
  assert.equal(counts.timedOut, 1)
  assert.ok(counts.good > 0)
})

test('users pause when nobody listens', async () => {
  const { counts, errors, sendingMs } = await run(await refusedOrigin(), users(3), { durationMs: 250 })
  assert.ok(counts.lost >= 3 && counts.lost <= 3 * (sendingMs / 100 + 1), `${counts.lost}`)
  assert.deepEqual(errors, { ECONNREFUSED: counts.lost })
})

test('users of several generators are the users of one: each has its number, its requests and its pauses', async (context) => {
  const seen: string[] = []
  const origin = await originOf(context, (exchange) => {
    seen.push(exchange.path)
    behaviours.answers(exchange)
  })
  const workload = users(10, { think: { minMs: 60_000, maxMs: 60_000 } })
  const requests = [{ ...GET, path: '/{{client}}' }]
  for (const index of [0, 1, 2]) {
    const { counts, connectionsOpened } = await run(origin, workload, { requests, share: { index, of: 3 } })
    assert.equal(counts.good, [4, 3, 3][index])
    assert.equal(connectionsOpened, counts.good)
  }
  assert.deepEqual(
    seen.sort(),
    Array.from({ length: 10 }, (_, user) => `/${user}`),
  )
})
