import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import type { GeneratorPlan, GeneratorResult } from '../../src/core/generator-messages.ts'
import { OUTCOMES, type Outcome, type RequestCounts } from '../../src/core/measurement.ts'
import type { Workload } from '../../src/core/workload.ts'
import { createLoadDriver } from '../../src/load/driver.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'
import {
  behaviours,
  type MisbehavingServer,
  refusedOrigin,
  startCappedServer,
  startMisbehavingServer,
} from '../support/misbehaving-server.ts'
import { GET, openWorkload, planFor } from '../support/plans.ts'

const WORKLOADS: Readonly<Record<'closed' | 'open', Workload>> = {
  closed: { kind: 'closed', connections: 3 },
  open: openWorkload(200),
}

async function run(origin: string, changes: Partial<GeneratorPlan>): Promise<GeneratorResult> {
  const result = await createLoadDriver().run(planFor(origin, changes), { onSnapshot: () => undefined })
  assertAddsUp(result.counts)
  for (const route of result.routes) assertAddsUp(route.counts)
  const lost = result.counts.lost
  if (lost > 0) assert.ok(sum(Object.values(result.errors)) >= lost, 'each lost request has an error code')
  return result
}

function assertAddsUp(counts: RequestCounts): void {
  assert.equal(counts.sent, sum(OUTCOMES.map((outcome) => counts[outcome])), JSON.stringify(counts))
  assert.equal(counts.scheduled, counts.sent + counts.dropped)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function responseTimes(result: GeneratorResult): LatencyHistogram {
  return LatencyHistogram.decode(result.routes[0]?.responseTime ?? new LatencyHistogram().encode())
}

async function serverOf(context: TestContext, started: Promise<MisbehavingServer>): Promise<MisbehavingServer> {
  const server = await started
  context.after(() => server.close())
  return server
}

/** Outcomes that occurred. */
function occurred(counts: RequestCounts): readonly Outcome[] {
  return OUTCOMES.filter((outcome) => counts[outcome] > 0)
}

interface Case {
  readonly behaviour: keyof typeof behaviours
  readonly outcomes: readonly Outcome[]
  readonly changes?: Partial<GeneratorPlan>
  readonly check?: (result: GeneratorResult, server: MisbehavingServer) => void
}

const HEAD: Partial<GeneratorPlan> = { requests: [{ ...GET, method: 'HEAD' }] }
const NEEDLE: Partial<GeneratorPlan> = { requests: [{ ...GET, expect: { bodyContains: 'needle' } }] }

const CASES: readonly Case[] = [
  { behaviour: 'answers', outcomes: ['good'] },
  { behaviour: 'answers', outcomes: ['mismatched'], changes: NEEDLE },
  { behaviour: 'sends a chunked body in many pieces', outcomes: ['good'], changes: NEEDLE },
  {
    behaviour: 'announces Connection: close',
    outcomes: ['good'],
    check: ({ connectionsOpened, counts }) => assert.equal(connectionsOpened, counts.sent),
  },
  {
    behaviour: 'resets the connection at every 5th request',
    outcomes: ['good', 'lost'],
    check: ({ errors, counts }, server) => {
      assert.deepEqual(errors, { ECONNRESET: counts.lost })
      assert.equal(counts.lost, Math.floor(server.requests() / 5))
    },
  },
  {
    behaviour: 'sends half a body and closes',
    outcomes: ['lost'],
    check: ({ errors, counts }) => assert.deepEqual(errors, { CLOSED: counts.lost }),
  },
  {
    behaviour: 'sends half a chunked body and closes',
    outcomes: ['lost'],
    check: ({ errors, counts }) => assert.deepEqual(errors, { CLOSED: counts.lost }),
  },
  {
    behaviour: 'announces Connection: close and half a body',
    outcomes: ['lost'],
    check: ({ errors, counts }) => assert.deepEqual(errors, { CLOSED: counts.lost }),
  },
  {
    behaviour: 'announces Connection: close and half a chunked body',
    outcomes: ['lost'],
    check: ({ errors, counts }) => assert.deepEqual(errors, { CLOSED: counts.lost }),
  },
  {
    behaviour: 'never answers every 4th request',
    outcomes: ['good', 'timedOut'],
    changes: { timeoutMs: 60 },
    check: (result) => {
      const timedOut = LatencyHistogram.decode(result.otherOutcomes['timedOut']?.responseTime ?? new Uint8Array())
      assert.equal(timedOut.count, result.counts.timedOut)
      assert.ok((timedOut.quantileMs(0.01) ?? 0) >= 60)
    },
  },
  {
    behaviour: 'stops in the middle of every 4th body',
    outcomes: ['good', 'timedOut'],
    changes: { timeoutMs: 60 },
    check: ({ statusCodes, counts }) => assert.deepEqual(statusCodes, { 200: counts.good }),
  },
  {
    behaviour: 'sends 103 Early Hints first',
    outcomes: ['good'],
    check: ({ statusCodes, counts }) => assert.deepEqual(statusCodes, { 200: counts.good }),
  },
  { behaviour: 'answers HEAD with a length and no body', outcomes: ['good'], changes: HEAD },
  { behaviour: 'answers HEAD without a length', outcomes: ['good'], changes: HEAD },
  { behaviour: 'answers 304 with a length', outcomes: ['good'] },
  { behaviour: 'ends the body with the connection', outcomes: ['good'] },
  {
    behaviour: 'does not speak HTTP',
    outcomes: ['failed'],
    check: ({ errors, counts }) => assert.deepEqual(errors, { NOT_HTTP: counts.failed }),
  },
]

for (const [kind, workload] of Object.entries(WORKLOADS)) {
  suite(`the ${kind} loop, against a server that`, () => {
    for (const { behaviour, outcomes, changes, check } of CASES) {
      const requests = changes === NEEDLE ? ' and a body check' : ''
      test(`${behaviour}, has the outcomes ${outcomes.join(' and ')}${requests}`, async (context) => {
        const server = await serverOf(context, startMisbehavingServer(behaviours[behaviour]))
        const result = await run(server.origin, { workload, ...changes })
        assert.deepEqual(occurred(result.counts), outcomes, JSON.stringify(result.errors))
        assert.equal(server.requests(), result.counts.sent)
        check?.(result, server)
      })
    }

    for (const behaviour of ['closes after each answer without a word', 'sends answers nobody asked for'] as const) {
      test(`${behaviour}, loses at most those that it let down`, async (context) => {
        const server = await serverOf(context, startMisbehavingServer(behaviours[behaviour]))
        const { counts } = await run(server.origin, { workload })
        assert.ok(counts.good > 0)
        assert.deepEqual(
          occurred(counts).filter((outcome) => !['good', 'lost', 'failed'].includes(outcome)),
          [],
        )
      })
    }

    test('refuses connections, loses every request with its code, and does not spin', async () => {
      const { counts, errors, connectionsOpened } = await run(await refusedOrigin(), { workload })
      assert.deepEqual(occurred(counts), ['lost'])
      assert.deepEqual(errors, { ECONNREFUSED: counts.lost })
      assert.equal(connectionsOpened, 0)
      // At least 10 ms and then twice as long between the attempts of a connection: 0, 10, 30, 70, 150, 310 ms.
      if (kind === 'closed') assert.ok(counts.sent <= 3 * 5, `${counts.sent} attempts`)
    })

    test('goes away and comes back, is sent to again', async (context) => {
      const first = await startMisbehavingServer(behaviours.answers)
      const phase = run(first.origin, { workload, durationMs: 600 })
      await delay(100)
      await first.close()
      await delay(100)
      const second = await serverOf(
        context,
        startMisbehavingServer(behaviours.answers, Number(new URL(first.origin).port)),
      )
      const { counts, errors } = await phase
      assert.deepEqual(occurred(counts), ['good', 'lost'])
      assert.ok((errors['ECONNREFUSED'] ?? 0) > 0)
      assert.ok(second.requests() > 0)
      const answered = first.requests() + second.requests()
      assert.ok(counts.good <= answered && answered <= counts.sent, `${answered} of ${JSON.stringify(counts)}`)
    })

    test('caps requests per connection, is never answered beyond the cap', async (context) => {
      const server = await serverOf(context, startCappedServer(5))
      const { counts, statusCodes, connectionsOpened } = await run(server.origin, { workload })
      assert.deepEqual(statusCodes, { 200: counts.sent })
      assert.ok(connectionsOpened >= counts.sent / 5)
    })

    test('takes a fixed time and announces Connection: close, reports that time for each request', async (context) => {
      const answer = behaviours['announces Connection: close']
      const server = await serverOf(
        context,
        startMisbehavingServer((exchange) => setTimeout(answer, 20, exchange)),
      )
      const result = await run(server.origin, { workload, durationMs: 400 })
      const times = responseTimes(result)
      // A timer may fire up to 1 ms early. A request that is paired with another's answer is late by whole round trips.
      assert.ok((times.quantileMs(0.01) ?? 0) >= 19)
      assert.ok((times.quantileMs(0.5) ?? Infinity) < 200, `p50 is ${times.quantileMs(0.5)} ms`)
    })

    test('answers after the drain, leaves the requests unfinished', async (context) => {
      const server = await serverOf(
        context,
        startMisbehavingServer(() => undefined),
      )
      const { counts, totalMs } = await run(server.origin, { workload, durationMs: 50, drainMs: 50 })
      assert.deepEqual(occurred(counts), ['unfinished'])
      assert.ok(totalMs >= 99)
    })

    test('is late with the last answers, has them counted but not in the throughput', async (context) => {
      const server = await serverOf(
        context,
        startMisbehavingServer((exchange) => setTimeout(behaviours.answers, 300, exchange)),
      )
      const result = await run(server.origin, { workload, durationMs: 100, drainMs: 2_000 })
      assert.equal(result.counts.good, result.counts.sent)
      assert.equal(result.completedWhileSending, 0)
    })

    test('marks answers from its cache, has them counted as cached', async (context) => {
      const server = await serverOf(
        context,
        startMisbehavingServer(({ socket, number }) =>
          socket.write(`HTTP/1.1 200 OK\r\nX-Cache: ${number % 2 === 0 ? 'HIT' : 'MISS'}\r\ncontent-length: 0\r\n\r\n`),
        ),
      )
      const { counts } = await run(server.origin, { workload })
      assert.equal(counts.cached, Math.floor(counts.sent / 2))
      assert.equal(counts.good, counts.sent)
    })

    test('limits, sheds and fails, has each outcome counted and timed apart', async (context) => {
      const codes = [200, 429, 503, 500]
      const server = await serverOf(
        context,
        startMisbehavingServer(({ socket, number }) =>
          socket.write(`HTTP/1.1 ${codes[number % 4]} Whatever\r\ncontent-length: 0\r\n\r\n`),
        ),
      )
      const { counts, otherOutcomes } = await run(server.origin, { workload })
      assert.deepEqual(occurred(counts), ['good', 'limited', 'shed', 'failed'])
      for (const outcome of ['limited', 'shed', 'failed'] as const) {
        const times = otherOutcomes[outcome]
        assert.equal(LatencyHistogram.decode(times?.responseTime ?? new Uint8Array()).count, counts[outcome])
      }
    })

    test('echoes what it is sent, has got method, path, headers and body as planned', async (context) => {
      const seen = new Set<string>()
      const echo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const body = await text(request)
        const { host, 'x-client': client, 'content-length': length } = request.headers
        seen.add(JSON.stringify({ method: request.method, url: request.url, host, client, length, body }))
        response.end()
      }
      const server = createServer((request, response) => void echo(request, response))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      context.after(() => server.close())
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP
      const requests = [{ ...GET, method: 'POST', path: '/a?b=c', headers: { 'x-client': 'one' }, body: '{"ü":1}' }]
      const { counts } = await run(`http://${host}`, { workload, requests })
      assert.equal(counts.good, counts.sent)
      assert.deepEqual(
        [...seen].map((line) => JSON.parse(line) as unknown),
        [{ method: 'POST', url: '/a?b=c', host, client: 'one', length: '8', body: '{"ü":1}' }],
      )
    })

    test('serves several routes, gets each in its exact proportion', async (context) => {
      const seen = new Map<string, number>()
      const server = await serverOf(
        context,
        startMisbehavingServer(({ socket, path }) => {
          seen.set(path, (seen.get(path) ?? 0) + 1)
          behaviours.answers({ socket, number: 0, method: 'GET', path })
        }),
      )
      const requests = [
        { ...GET, name: 'often', path: '/often', weight: 3 },
        { ...GET, name: 'rarely', path: '/rarely', weight: 1 },
      ]
      const { routes, counts } = await run(server.origin, { workload, requests })
      assert.deepEqual(
        routes.map((route) => route.counts.sent),
        [seen.get('/often'), seen.get('/rarely')],
      )
      // A round is four requests, three of them the first: whole rounds are exact, and one may be cut short.
      assert.ok(Math.abs((routes[0]?.counts.sent ?? 0) - counts.sent * 0.75) <= 1)
    })
  })
}

test('a closed loop takes no answer for one that it was not asked for, and opens a new connection', async (context) => {
  const server = await serverOf(context, startMisbehavingServer(behaviours['sends answers nobody asked for']))
  const { counts, connectionsOpened } = await run(server.origin, { workload: WORKLOADS.closed })
  assert.deepEqual(occurred(counts), ['good'])
  assert.equal(counts.good, server.requests())
  assert.equal(connectionsOpened, server.connections())
  assert.equal(connectionsOpened, counts.good)
})

test('an open loop charges the wait for a free connection to the response time, not to the service time', async (context) => {
  const server = await serverOf(
    context,
    startMisbehavingServer((exchange) => setTimeout(behaviours.answers, exchange.number === 1 ? 300 : 0, exchange)),
  )
  const workload = openWorkload(100, { initialConnections: 1, maxConnections: 1 })
  const result = await run(server.origin, { workload, durationMs: 250 })
  assert.equal(result.counts.good, 25)
  const serviceTime = LatencyHistogram.decode(result.routes[0]?.serviceTime ?? new Uint8Array())
  // The 13th of 25 requests was due at 120 ms and had to wait for the answer of the first one at 300 ms.
  assert.ok((responseTimes(result).quantileMs(0.5) ?? 0) >= 170)
  assert.ok((serviceTime.quantileMs(0.5) ?? Infinity) < 150)
})

test('an open loop sends exactly the scheduled arrivals while the server stalls, none of them late by the stall', async (context) => {
  let stalledUntilMs = 0
  const server = await serverOf(
    context,
    startMisbehavingServer((exchange) => {
      if (exchange.number === 20) stalledUntilMs = performance.now() + 300
      setTimeout(behaviours.answers, Math.max(0, stalledUntilMs - performance.now()), exchange)
    }),
  )
  const workload = openWorkload(200, { initialConnections: 100, maxConnections: 100 })
  const result = await run(server.origin, { workload, durationMs: 500 })
  assert.equal(result.counts.scheduled, 100)
  assert.equal(result.counts.good, 100)
  assert.equal(LatencyHistogram.decode(result.lateness).count, 100)
  // 60 of the 100 arrivals fall into the stall of 300 ms, the first of them waits for all of it.
  assert.ok((responseTimes(result).quantileMs(0.95) ?? 0) >= 200)
})

test('a stopped phase ends at once and keeps what was measured', async (context) => {
  const server = await serverOf(context, startMisbehavingServer(behaviours.answers))
  for (const workload of Object.values(WORKLOADS)) {
    const driver = createLoadDriver()
    setTimeout(() => driver.stop(100), 100)
    const result = await driver.run(planFor(server.origin, { workload, durationMs: 60_000 }), {
      onSnapshot: () => undefined,
    })
    assertAddsUp(result.counts)
    assert.ok(result.counts.good > 0)
    assert.ok(result.sendingMs < 30_000)
  }
})

test('a driver refuses a second phase while one is running', async (context) => {
  const server = await serverOf(context, startMisbehavingServer(behaviours.answers))
  const driver = createLoadDriver()
  const first = driver.run(planFor(server.origin, { durationMs: 50 }), { onSnapshot: () => undefined })
  await assert.rejects(driver.run(planFor(server.origin, {}), { onSnapshot: () => undefined }), /running already/)
  await first
})

test('a method that autocannon cannot send fails the phase instead of the process', async (context) => {
  const server = await serverOf(context, startMisbehavingServer(behaviours.answers))
  const requests = [{ ...GET, method: 'PURGE' }]
  await assert.rejects(run(server.origin, { requests }), /PURGE HTTP method is not supported/)
})
