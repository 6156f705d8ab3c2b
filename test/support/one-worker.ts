import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { resolveSettings } from '../../src/core/settings.ts'
import { createApp } from '../../src/server/app.ts'
import { serverOptions } from '../../src/server/options.ts'

/** One worker of the bundled server without its cluster, and an upstream of 20 ms in the same process; prints its address. */
const upstream = createServer((request, response) => {
  request.resume()
  setTimeout(() => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"ads":[]}')
  }, 20)
}).listen(0, '127.0.0.1')
await once(upstream, 'listening')
const UPSTREAMS = `only=http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
const app = createApp(serverOptions(resolveSettings({ flags: { UPSTREAMS }, environment: {}, preset: 'bench' }), 1))
app.server.listen(0, '127.0.0.1')
await once(app.server, 'listening')
console.log(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}/`)
process.once('disconnect', () => process.exit())
