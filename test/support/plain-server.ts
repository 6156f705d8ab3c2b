/**
 * Process entry: the least work a server on Node can do, so that a generator is the slower side: the same bytes for each
 * request, which must come without a body and in one piece. Says what CPU time it took.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

import { endWithParent } from '../../src/host/process-entry.ts'

const BODY = 'hello from the plain server'
const ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
)

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined) // clients that give up reset
  socket.on('data', () => socket.write(ANSWER))
})
endWithParent()
server.listen(0, '127.0.0.1', 2_048)
await once(server, 'listening')
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuMs: (user + system) / 1_000, atMs: performance.now() })
})
process.send?.({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }) // listens on TCP
