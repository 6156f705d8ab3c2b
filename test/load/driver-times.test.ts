import assert from 'node:assert/strict'
import { suite, test } from 'node:test'

import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'
import { occurred, responseTimes, run, serverOf, WORKLOADS } from '../support/driver-runs.ts'
import { behaviours, startMisbehavingServer } from '../support/misbehaving-server.ts'
import { openWorkload } from '../support/plans.ts'

for (const [kind, workload] of Object.entries(WORKLOADS)) {
  suite(`the times of the ${kind} loop, against a server that`, () => {
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

    test('drips its body byte by byte, count to the last byte', async (context) => {
      const server = await serverOf(context, startMisbehavingServer(behaviours['drips a byte every 5 ms']))
      const result = await run(server.origin, { workload, drainMs: 5_000 })
      assert.deepEqual(occurred(result.counts), ['good'])
      // 20 bytes after 20 timers, each of which may fire up to 1 ms early.
      assert.ok((responseTimes(result).quantileMs(0.01) ?? 0) >= 80)
    })

    test('drips its body longer than the time-out, end there: no byte begins it anew', async (context) => {
      const server = await serverOf(context, startMisbehavingServer(behaviours['drips a byte every 5 ms']))
      const result = await run(server.origin, { workload, timeoutMs: 40 })
      assert.deepEqual(occurred(result.counts), ['timedOut'])
      assert.deepEqual(result.statusCodes, {})
      const times = LatencyHistogram.decode(result.otherOutcomes['timedOut']?.responseTime ?? new Uint8Array())
      assert.equal(times.count, result.counts.timedOut)
      assert.ok((times.quantileMs(0.01) ?? 0) >= 40)
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
  })
}

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
