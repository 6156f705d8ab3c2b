/** Process entry: an application on Fastify with workers, as its guide would have it; an answer takes some 10 ms of sorting and JSON. */
import { createServer, type RequestListener } from 'node:http'

import { fastify } from 'fastify'

import { clusterFlags, runCluster } from './worker-cluster.ts'

const ROWS = 20_000
const SHOWN_ROWS = 5

function bestRows(rows: readonly { readonly id: number; readonly score: number }[]): typeof rows {
  return rows.toSorted((one, other) => other.score - one.score).slice(0, SHOWN_ROWS)
}

const { workers, port } = clusterFlags()
await runCluster({
  workers,
  port,
  createServer: () => {
    const server = createServer()
    const stored = JSON.stringify(Array.from({ length: ROWS }, (_, id) => ({ id, score: (id * 7_919) % ROWS })))
    const app = fastify({
      serverFactory: (handler: RequestListener) => server.on('request', handler),
    })
    app.get('/', () => bestRows(JSON.parse(stored) as Parameters<typeof bestRows>[0])) // what was stringified above
    void app.ready()
    return server
  },
})
