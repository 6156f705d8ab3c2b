import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import type { GeneratorPlan, GeneratorResult } from '../../src/core/generator-messages.ts'
import type { Outcome } from '../../src/core/measurement.ts'
import { createLoadDriver } from '../../src/load/driver.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'
import { assertAddsUp, occurred, run, serverOf, WORKLOADS } from '../support/driver-runs.ts'
import {
  behaviours,
  type MisbehavingServer,
  refusedOrigin,
  startCappedServer,
  startMisbehavingServer,
} from '../support/misbehaving-server.ts'
import { GET, planFor } from '../support/plans.ts'

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
  {
    behaviour: 'answers HEAD with a length and no body',
    outcomes: ['good'],
    changes: HEAD,
    // How many an open loop opens depends on how punctual it is; that they carry several requests each does not.
    check: ({ connectionsOpened, counts }) =>
      assert.ok(connectionsOpened < counts.sent / 2, `${connectionsOpened} for ${counts.sent}`),
  },
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
      const phase = run(first.origin, { workload, durationMs: 900 })
      await delay(100)
      await first.close()
      // Longer than a user pauses who got no answer.
      await delay(300)
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
