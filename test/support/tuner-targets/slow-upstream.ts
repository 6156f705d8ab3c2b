/**
 * Process entry: an upstream that works on two requests at a time, 20 ms on each, and lets the others wait: no more than 100
 * answers per second, whoever asks. Tells its parent its port.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const SLOTS = 2
const WORK_MS = 20

const waiting: ServerResponse[] = []
let busy = 0

function startNext(): void {
  const response = busy < SLOTS ? waiting.shift() : undefined
  if (response === undefined) return
  busy++
  setTimeout(() => {
    busy--
    response.end('done')
    startNext()
  }, WORK_MS)
}

const server = createServer((_, response) => {
  waiting.push(response)
  startNext()
})
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port)) // listens on TCP
process.once('disconnect', () => process.exit())
