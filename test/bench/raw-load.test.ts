import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { askRaw, rawRequest, sendRaw } from './support/raw-load.ts'

const REQUEST = rawRequest('/thing?id=1', ['Accept-Encoding: br'])

async function serve(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port // listens on TCP
}

test('an answer is told with its headers in their order and its body', async (t) => {
  const port = await serve(t, (_, response) => {
    response.writeHead(201, ['X-One', '1', 'Content-Length', '5']).end('right')
  })
  const { status, headers, body } = await askRaw(port, REQUEST, 2)
  assert.equal(status, 201)
  assert.deepEqual(headers.slice(0, 4), ['X-One', '1', 'Content-Length', '5'])
  assert.equal(body.toString(), 'right')
})

test('the load is as many requests as were asked for, on as many connections', async (t) => {
  const urls: string[] = []
  const sockets = new Set<unknown>()
  const port = await serve(t, (request, response) => {
    urls.push(`${request.url} ${String(request.headers['accept-encoding'])}`)
    sockets.add(request.socket)
    response.end('right')
  })
  await sendRaw({ port, request: REQUEST, body: Buffer.from('right') }, 60, 3)
  assert.deepEqual(
    urls,
    Array.from({ length: 60 }, () => '/thing?id=1 br'),
  )
  assert.equal(sockets.size, 3)
})

for (const [what, status, body] of [
  ['another body', 200, 'wrong'],
  ['another status', 503, 'right'],
] as const) {
  test(`the load fails at an answer with ${what}`, async (t) => {
    let answered = 0
    const port = await serve(t, (_, response) => {
      answered++
      response.writeHead(answered === 7 ? status : 200).end(answered === 7 ? body : 'right')
    })
    await assert.rejects(sendRaw({ port, request: REQUEST, body: Buffer.from('right') }, 20, 1), /a wrong answer/)
  })
}
