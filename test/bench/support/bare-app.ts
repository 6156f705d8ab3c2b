/**
 * Process entry: node:http and nothing else. Gives each request the answer of its argument, as JSON.
 */
import { createServer } from 'node:http'

import { announce, entryArgument } from './announce.ts'

/** The same for each request. */
export interface BareAnswer {
  /** Names and values in turn, without those that Node adds. */
  readonly headers: readonly string[]
  readonly bodyBase64: string
  readonly isText: boolean
  readonly keepAliveMs: number
}

const { headers, bodyBase64, isText, keepAliveMs } = entryArgument() as BareAnswer // our parent wrote it
const bytes = Buffer.from(bodyBase64, 'base64')
// As a handler hands it over: text is text, and what was compressed is bytes. Our server sends few bytes as text, which is faster.
const body = isText ? bytes.toString() : bytes
const server = createServer((_, response) => {
  response.writeHead(200, [...headers])
  response.end(body)
})
server.keepAliveTimeout = keepAliveMs
server.listen(0, '127.0.0.1')
await announce(server)
