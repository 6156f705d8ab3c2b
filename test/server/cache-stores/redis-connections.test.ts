import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { TestContext } from 'node:test'

import { RedisConnections } from '../../../src/server/cache-stores/redis-connections.ts'
import { makeRedis, SKIP_WITHOUT_REDIS } from '../../support/redis.ts'
import type { Redis } from '../../support/redis.ts'
import { until } from '../app-under-test.ts'

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

describe('connections to Redis', { skip: SKIP_WITHOUT_REDIS }, () => {
  let redis: Redis

  before(async () => {
    redis = await makeRedis()
  })
  after(() => redis.remove())

  const clients = async (): Promise<number> =>
    String(await redis.ask(['CLIENT', 'LIST'])).split('name=tune ').length - 1

  for (const end of ['drop', 'close'] as const) {
    test(`CA21 after a ${end} no connection stays that was being opened, however far that was`, async () => {
      for (let turns = 0; turns < 40; turns++) {
        const connections = new RedisConnections({ url: redis.url, maxConnections: 3 })
        const checked = connections.check().catch(() => undefined)
        for (let passed = 0; passed < turns; passed++) await turn()
        await connections[end]()
        await checked
        assert.equal(connections.size, 0, `after ${turns} turns`)
        if (end === 'close') continue
        await connections.check()
        assert.equal(connections.size, 1)
        await connections.close()
      }
      await until(async () => (await clients()) === 0, 'all are closed')
    })
  }
})

/** Answers whatever it takes for a connection, and PING as it is told. */
async function oddRedis(t: TestContext, pong: () => string): Promise<{ readonly url: string; accepted: number }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    odd.accepted++
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      for (const [, name] of String(bytes).matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
        socket.write(name === 'PING' ? pong() : '+OK\r\n')
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const odd = { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, accepted: 0 } // it listens on a port
  return odd
}

test('CA21 a connection whose check fails is given up, and the next check opens another', async (t) => {
  let pong = '-ERR not now\r\n'
  const odd = await oddRedis(t, () => pong)
  const connections = new RedisConnections({ url: odd.url, maxConnections: 3 })
  t.after(() => connections.close())
  await assert.rejects(connections.check(), /not now/)
  assert.equal(connections.size, 0)
  pong = '+PONG\r\n'
  await connections.check()
  assert.deepEqual([connections.size, odd.accepted], [1, 2])
})

test('CA21 a connection whose check hangs is given up with the next check', async (t) => {
  let pong = ''
  const odd = await oddRedis(t, () => pong)
  const connections = new RedisConnections({ url: odd.url, maxConnections: 3 })
  t.after(() => connections.close())
  const hanging = assert.rejects(connections.check())
  await until(() => connections.size === 1, 'it is connected')
  pong = '+PONG\r\n'
  await connections.check()
  await hanging
  assert.deepEqual([connections.size, odd.accepted], [1, 2])
})
