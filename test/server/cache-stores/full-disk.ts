/** Process entry: an app whose CACHE_DIR is its argument, and full; says over IPC how it has gone on. */
import { once } from 'node:events'

import { jsonAnswer } from '../../../src/server/answer.ts'
import { createApp } from '../../../src/server/app.ts'
import { PLAIN, send, until } from '../app-under-test.ts'
import { CACHE } from '../cache-options.ts'

const shared = { kind: 'file', directory: String(process.argv[2]), maxBytes: 10_000_000, timeoutMs: 5_000 } as const
const large = {
  method: 'GET',
  path: '/it',
  isCacheable: true,
  handle: () => jsonAnswer(200, 'x'.repeat(200_000)),
} as const
const app = createApp({ ...PLAIN, cache: { ...CACHE, shared } }, { routes: [large] })
app.server.listen(0, '127.0.0.1')
await once(app.server, 'listening')
const address = app.server.address()
const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/it`
await until(() => app.stats().cache?.shared?.isUp === true, 'the directory is found')
const first = await send(url)
await until(() => app.stats().cache?.shared?.running === 0, 'it was tried to store it')
const second = await send(url)
process.send?.({
  statuses: [first.status, second.status],
  caches: [first.headers['x-cache'], second.headers['x-cache']],
  failed: app.stats().cache?.shared?.failed,
  isUp: app.stats().cache?.shared?.isUp,
})
app.server.closeAllConnections()
await app.drain(0)
