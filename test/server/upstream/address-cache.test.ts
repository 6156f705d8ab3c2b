import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'

import type { Clock } from '../../../src/core/clock.ts'
import { systemClock } from '../../../src/host/system-clock.ts'
import { DeadlineSweep } from '../../../src/resilience/deadline.ts'
import { AddressCache } from '../../../src/server/upstream/address-cache.ts'
import type { Resolve } from '../../../src/server/upstream/address-cache.ts'
import { Connections } from '../../../src/server/upstream/connections.ts'
import { exchange } from '../../../src/server/upstream/exchange.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { runUpstream } from '../../support/upstreams.ts'

const FIRST: LookupAddress = { address: '192.0.2.1', family: 4 }
const SECOND: LookupAddress = { address: '192.0.2.2', family: 4 }

/** A cache of 300 s in front of names that resolve as listed, the last one for ever after; an Error is a failure. */
function setUp(...answers: readonly (readonly LookupAddress[] | Error)[]) {
  const clock = new FakeClock()
  let asked = 0
  const cache = new AddressCache(300_000, clock, (_hostname, tell) => {
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? []
    setImmediate(() => (answer instanceof Error ? tell(answer, []) : tell(null, [...answer])))
  })
  const lookUp = (): Promise<readonly LookupAddress[] | string> =>
    new Promise((resolve) => {
      cache.lookup('upstream.test', { all: true }, (error, addresses) => {
        resolve(error !== null || typeof addresses === 'string' ? String(error?.message) : addresses)
      })
    })
  return { clock, cache, lookUp, asked: () => asked }
}

test('UP17 addresses are asked for once in 300 s, also by those who come at the same time', async () => {
  const { clock, lookUp, asked } = setUp([FIRST], [SECOND])
  assert.deepEqual(await Promise.all([lookUp(), lookUp()]), [[FIRST], [FIRST]])
  clock.advance(299_999)
  assert.deepEqual([await lookUp(), asked()], [[FIRST], 1])
  clock.advance(1)
  assert.deepEqual([await lookUp(), asked()], [[SECOND], 2])
})

test('UP17 after a failed connection the addresses are asked for again', async () => {
  const { cache, lookUp } = setUp([FIRST], [SECOND])
  await lookUp()
  cache.forget()
  assert.deepEqual(await lookUp(), [SECOND])
})

test('UP17 a name that cannot be resolved is asked for again after a second, not before', async () => {
  const { clock, lookUp, asked } = setUp(new Error('ENOTFOUND'), [FIRST])
  assert.deepEqual(await Promise.all([lookUp(), lookUp()]), ['ENOTFOUND', 'ENOTFOUND'])
  clock.advance(999)
  assert.deepEqual([await lookUp(), asked()], ['ENOTFOUND', 1])
  clock.advance(1)
  assert.deepEqual([await lookUp(), asked()], [[FIRST], 2])
})

const OPTIONS = { connectTimeoutMs: 2_000, maxIdleConnections: 10 }

/** Calls over new connections to a host with these addresses; none are a failure. */
function callsTo(port: number, addresses: () => LookupAddress[], clock: Clock = systemClock, dnsTtlMs = 300_000) {
  const resolve: Resolve = (_hostname, tell) => {
    const found = addresses()
    setImmediate(() => tell(found.length === 0 ? new Error('ENOTFOUND') : null, found))
  }
  const connections = new Connections(`http://upstream.test:${port}`, { ...OPTIONS, dnsTtlMs }, clock, resolve)
  const sweep = new DeadlineSweep(systemClock)
  const timeouts = { connectMs: 5_000, headersMs: 5_000, bodyMs: 5_000, totalMs: 5_000 }
  const context = { clock: systemClock, sweep, timeouts, signal: new AbortController().signal }
  const call = async (): Promise<string> => {
    const connection = connections.take(false)
    const request = { method: 'GET', path: '/', headers: {}, body: null } as const
    const result = await exchange(connection, request, context)
    if (result.kind === 'answered') connections.giveBack(connection)
    else connections.discard(connection)
    return result.kind
  }
  return { connections, call }
}

test('UP17 a host whose IPv6 address is dead is reached by IPv4', async (t) => {
  const { port } = new URL(await runUpstream(t, (_request, response) => void response.end('{}')))
  const dead: LookupAddress = { address: '::1', family: 6 }
  const alive: LookupAddress = { address: '127.0.0.1', family: 4 }
  const { connections, call } = callsTo(Number(port), () => [dead, alive])
  t.after(() => connections.close())
  assert.equal(await call(), 'answered')
})

test('UP17 a connection that is refused has the name resolved again for the next', async (t) => {
  const { port } = new URL(await runUpstream(t, (_request, response) => void response.end('{}')))
  const addresses = ['127.0.0.2', '127.0.0.1']
  const next = (): LookupAddress[] => [{ address: addresses.shift() ?? '127.0.0.1', family: 4 }]
  const { connections, call } = callsTo(Number(port), next)
  t.after(() => connections.close())
  assert.deepEqual([await call(), await call()], ['broken', 'answered'])
})

test('UP17 connections to a name live no longer than its addresses are remembered, and then reach the new one', async (t) => {
  const hosts: string[] = []
  const listen = async (host: string, wantedPort: number): Promise<number> => {
    const server = createServer((_request, response) => {
      hosts.push(host)
      response.end('{}')
    }).listen(wantedPort, host)
    await once(server, 'listening')
    t.after(() => {
      server.close()
      server.closeAllConnections()
    })
    return (server.address() as AddressInfo).port // listens on TCP
  }
  const port = await listen('127.0.0.1', 0)
  await listen('127.0.0.2', port)
  const clock = new FakeClock()
  let now = '127.0.0.1'
  const { connections, call } = callsTo(port, () => [{ address: now, family: 4 }], clock)
  t.after(() => connections.close())
  await call()
  now = '127.0.0.2'
  await call()
  clock.advance(300_000)
  // This one is on its way already when its connection has become too old.
  await call()
  await call()
  assert.deepEqual(hosts, ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.2'])
})

test('UP17 calls to a name that cannot be resolved ask for it once in a second, not each of them', async (t) => {
  const clock = new FakeClock()
  let asked = 0
  const none = (): LookupAddress[] => {
    asked++
    return []
  }
  const { connections, call } = callsTo(9, none, clock)
  t.after(() => connections.close())
  for (let request = 0; request < 3; request++) assert.equal(await call(), 'broken')
  assert.equal(asked, 1)
  clock.advance(1_000)
  await call()
  assert.equal(asked, 2)
})

test('UP17 connections to a name serve more than one call even where its addresses are not remembered', async (t) => {
  const sockets = new Set<unknown>()
  const upstream = await runUpstream(t, (request, response) => {
    sockets.add(request.socket)
    response.end('{}')
  })
  const clock = new FakeClock()
  const local = (): LookupAddress[] => [{ address: '127.0.0.1', family: 4 }]
  const { connections, call } = callsTo(Number(new URL(upstream).port), local, clock, 0)
  t.after(() => connections.close())
  for (let request = 0; request < 3; request++) await call()
  assert.equal(sockets.size, 1)
  clock.advance(1_000)
  await call()
  await call()
  assert.equal(sockets.size, 2)
})
