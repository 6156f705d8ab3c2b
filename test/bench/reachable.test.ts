import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'

import { assertReachable } from '../../src/bench/reachable.ts'
import { TargetError } from '../../src/core/errors.ts'

test('a server that listens is reachable, and gets no request', async () => {
  let received = 0
  const server = createServer((socket) => socket.on('data', (chunk) => (received += chunk.length))).listen(
    0,
    '127.0.0.1',
  )
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await assertReachable(new URL(`http://127.0.0.1:${port}/`), false)
  server.close()
  await once(server, 'close')
  assert.equal(received, 0)
  await assert.rejects(
    assertReachable(new URL(`http://127.0.0.1:${port}/`), false),
    (error) => error instanceof TargetError && error.message.includes(String(port)) && error.hint !== undefined,
    'closed again, it is not',
  )
})
