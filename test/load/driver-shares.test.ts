import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { GeneratorPlan } from '../../src/core/generator-messages.ts'
import { run, serverOf } from '../support/driver-runs.ts'
import { behaviours, startMisbehavingServer } from '../support/misbehaving-server.ts'
import { GET, openWorkload } from '../support/plans.ts'

interface Sent {
  readonly index: number
  readonly client: number
}

/** Runs phases against a server that notes number and client of each request, and gives those of the phase. */
async function noting(context: TestContext): Promise<(changes: Partial<GeneratorPlan>) => Promise<readonly Sent[]>> {
  let seen: Sent[] = []
  const server = await serverOf(
    context,
    startMisbehavingServer((exchange) => {
      const [, index, client] = exchange.path.split('/')
      seen.push({ index: Number(index), client: Number(client) })
      behaviours.answers(exchange)
    }),
  )
  return async (changes) => {
    seen = []
    await run(server.origin, { requests: [{ ...GET, path: '/{{index}}/{{client}}' }], ...changes })
    return seen
  }
}

function clientsOf(sent: readonly Sent[]): readonly number[] {
  return [...new Set(sent.map(({ client }) => client))].toSorted((a, b) => a - b)
}

test('a closed loop ends when it has sent and settled its requests, not before and not later', async (context) => {
  const server = await serverOf(context, startMisbehavingServer(behaviours.answers))
  const workload = { kind: 'closed', connections: 3, maxRequests: 10 } as const
  for (const index of [0, 1, 2]) {
    const { counts } = await run(server.origin, { workload, share: { index, of: 3 }, durationMs: 60_000 })
    assert.equal(counts.good, index === 2 ? 4 : 3)
  }
  assert.equal(server.requests(), 10)
  const { counts } = await run(server.origin, { workload: { ...workload, maxRequests: 2 }, durationMs: 60_000 })
  assert.equal(counts.good, 2, 'fewer than connections')
})

test('generators that share a closed loop send as many of its requests as go with their connections', async (context) => {
  const server = await serverOf(context, startMisbehavingServer(behaviours.answers))
  for (const { connections, maxRequests, expected } of [
    { connections: 3, maxRequests: 20, expected: [6, 14] },
    { connections: 4, maxRequests: 8, expected: [2, 2, 4] },
    { connections: 10, maxRequests: 3, expected: [0, 1, 2] },
  ]) {
    const workload = { kind: 'closed', connections, maxRequests } as const
    const sent: number[] = []
    for (const index of expected.keys()) {
      const share = { index, of: expected.length }
      const { counts, sendingMs } = await run(server.origin, { workload, share, durationMs: 60_000 })
      assert.ok(sendingMs < 30_000)
      sent.push(counts.good)
    }
    assert.deepEqual(sent, expected)
  }
})

test('the connections of a closed loop are numbered over all generators, each of which has its part', async (context) => {
  const sentBy = await noting(context)
  const workload = { kind: 'closed', connections: 5 } as const
  const clientsOfShare = async (index: number, of: number): Promise<readonly number[]> =>
    clientsOf(await sentBy({ workload, share: { index, of } }))
  assert.deepEqual(await clientsOfShare(0, 2), [0, 1])
  assert.deepEqual(await clientsOfShare(1, 2), [2, 3, 4])
  assert.deepEqual(await clientsOfShare(0, 6), [], 'a generator without a connection sends nothing')
})

test('a client of an open loop belongs to one generator, whatever their number', async (context) => {
  const sentBy = await noting(context)
  const sentByShare = (clients: number, index: number, of: number): Promise<readonly Sent[]> =>
    sentBy({ workload: openWorkload(200, { clients }), share: { index, of } })
  assert.deepEqual(clientsOf(await sentByShare(5, 0, 2)), [0, 2, 4])
  assert.deepEqual(clientsOf(await sentByShare(5, 1, 2)), [1, 3])
})

test('a request of an open loop has the same client with any number of generators that divides the clients', async (context) => {
  const sentBy = await noting(context)
  for (const [index, of] of [
    [0, 1],
    [0, 2],
    [1, 2],
    [2, 4],
  ] as const) {
    const sent = await sentBy({ workload: openWorkload(200, { clients: 4 }), share: { index, of } })
    assert.ok(sent.length > 0)
    for (const { index: number, client } of sent) assert.equal(client, number % 4)
  }
})
