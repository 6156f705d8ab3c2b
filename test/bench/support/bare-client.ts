/**
 * Process entry: sends one request after the other with pauses between them, as simply as Node can, and tells the response
 * times. Its argument is the address.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import { endWithParent } from '../../../src/host/process-entry.ts'

const REQUESTS = 500
const PAUSE_MS = 10

endWithParent()
const { hostname, port, host } = new URL(process.argv[2] ?? '')
const socket = connect({ host: hostname, port: Number(port), noDelay: true })
await once(socket, 'connect')
const tookMs: number[] = []
for (let request = 0; request < REQUESTS; request++) {
  await delay(PAUSE_MS)
  const startedMs = performance.now()
  socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
  await once(socket, 'data')
  tookMs.push(performance.now() - startedMs)
}
socket.destroy()
process.send?.(tookMs)
