import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { test } from 'node:test'

import { readBody } from '../../src/server/middleware/body.ts'
import { RequestContext } from '../../src/server/request-context.ts'
import { runApp } from './app-under-test.ts'

test('HT05 a client that asks for a proxy and is gone before its answer does not end the process', async (t) => {
  const { server, url } = await runApp(t)
  const client = connect(Number(new URL(url).port), '127.0.0.1')
  client.on('error', () => undefined)
  client.write('CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  const [, socket] = (await once(server, 'connect')) as [unknown, Socket]
  // As a reset does that comes while the answer is written; what nobody hears would be thrown.
  assert.doesNotThrow(() => socket.emit('error', Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET' })))
  client.destroy()
})

test('HT08 a body is not waited for whose client has gone before anybody wanted to read it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  const client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  client.write('POST /search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n12345')
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  request.on('error', () => undefined)
  // Such as a limiter that has to ask elsewhere first.
  const gone = new Promise((resolve) => request.once('close', resolve))
  client.resetAndDestroy()
  await gone
  const route = { method: 'POST', path: '/search', handle: () => assert.fail('there is no body') } as const
  const target = { path: '/search', query: '', route, expectsContinue: false }
  const context = new RequestContext(request, response, 0, target)
  const answer = await readBody(1_000)(context, () => assert.fail('there is no body'))
  assert.match(String(answer.body), /client_gone/)
})
