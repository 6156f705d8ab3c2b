import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { Connections } from '../../src/load/connections.ts'
import { createLoadDriver } from '../../src/load/driver.ts'
import type { HttpConnection } from '../../src/load/http-connection.ts'
import { encodeRequest } from '../../src/load/request-encoding.ts'
import { occurred, run, serverOf, WORKLOADS } from '../support/driver-runs.ts'
import { behaviours, startMisbehavingServer } from '../support/misbehaving-server.ts'
import { GET, openWorkload, planFor } from '../support/plans.ts'
import { SELF_SIGNED } from '../support/self-signed.ts'

/** A server of TLS that never answers the first `hanging` attempts to connect. */
async function hangingOrigin(context: TestContext, hanging: number): Promise<string> {
  const secure = createSecureServer(SELF_SIGNED, (_request, response) => response.end('ok'))
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    if (sockets.push(socket) > hanging) secure.emit('connection', socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP
}

/** Sends one request; rejects when it is not answered. */
function answered(connection: HttpConnection): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  connection.send(
    { request: GET, bytes: encodeRequest(GET, 'test') },
    {
      onSent: () => undefined,
      onHead: () => undefined,
      onBody: () => undefined,
      onAnswered: resolve,
      onBroken: (code) => reject(new Error(code)),
    },
  )
  return promise
}

for (const [hint, opened] of [
  ['', 1],
  ['keep-alive: timeout=2\r\n', 2],
] as const) {
  const what = hint === '' ? 'stays open' : 'of a server that says that it closes it is closed before'
  test(`a connection ${what} while its client pauses`, async (context) => {
    const server = await serverOf(
      context,
      startMisbehavingServer(({ socket }) =>
        socket.write(`HTTP/1.1 200 OK\r\nconnection: keep-alive\r\n${hint}content-length: 0\r\n\r\n`),
      ),
    )
    const connections = new Connections({ origin: server.origin, insecure: false })
    context.after(() => connections.close())
    await answered(connections.get(0))
    await answered(connections.get(0))
    assert.equal(connections.opened, 1)
    await delay(1_100)
    await answered(connections.get(0))
    assert.equal(connections.opened, opened)
  })
}

for (const [kind, workload] of Object.entries(WORKLOADS)) {
  test(`the ${kind} loop opens a connection anew that was not made in time, and loses nothing by it`, async (context) => {
    const origin = await hangingOrigin(context, 3)
    const one = workload.kind === 'open' ? { ...workload, initialConnections: 3, maxConnections: 3 } : workload
    const { counts } = await run(origin, { workload: one, timeoutMs: 200, durationMs: 500, insecure: true })
    assert.ok(counts.good > 0, JSON.stringify(counts))
    assert.ok(counts.timedOut >= 3)
    assert.equal(counts.lost, 0)
  })
}

test('a connection that was not made when a phase ended is begun anew in the next', async (context) => {
  const origin = await hangingOrigin(context, 1)
  const driver = createLoadDriver()
  context.after(() => driver.close())
  const workload = openWorkload(100, { initialConnections: 1, maxConnections: 1 })
  const plan = planFor(origin, { workload, durationMs: 50, drainMs: 50, insecure: true })
  const hooks = { onSnapshot: (): void => undefined }
  const first = await driver.run(plan, hooks)
  assert.equal(first.counts.unfinished, first.counts.sent)
  const second = await driver.run({ ...plan, drainMs: 5_000 }, hooks)
  assert.deepEqual(occurred(second.counts), ['good'])
})

test('connections are kept for a phase with another time-out', async (context) => {
  const server = await serverOf(context, startMisbehavingServer(behaviours.answers))
  const driver = createLoadDriver()
  context.after(() => driver.close())
  const plan = planFor(server.origin, { workload: openWorkload(20), durationMs: 100 })
  const hooks = { onSnapshot: (): void => undefined }
  await driver.run(plan, hooks)
  assert.equal((await driver.run({ ...plan, timeoutMs: 1_000 }, hooks)).connectionsOpened, 0)
})
