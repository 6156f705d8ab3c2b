import type { Server } from 'node:http'
import type { Socket } from 'node:net'

import { clientKey } from './client-address.ts'
import type { LayerCounts } from './metrics/layer-counts.ts'

import type { HttpOptions } from './options/http.ts'

/** Open connections by client. */
type OpenByClient = ReadonlyMap<string, number>

/**
 * Closes connections beyond the limits, of all clients and of each, and those whose client does not read its answer; counts
 * them. IPv6 addresses of one network are one client.
 *
 * @returns how to stop it; what is open stays open
 */
export function limitConnections(server: Server, options: HttpOptions, counts: LayerCounts['edge']): () => void {
  const { maxConnections, maxConnectionsPerClient } = options
  const open = openByClient(server)
  const onConnection = (socket: Socket): void => {
    if ((open.get(clientKey(socket.remoteAddress)) ?? 0) <= maxConnectionsPerClient) return
    counts.too_many_connections++
    socket.destroy()
  }
  const onDrop = (): void => void counts.too_many_connections++
  // Whoever listens for it must close the connection; idle ones end here too.
  const onTimeout = (socket: Socket): void => {
    if (socket.writableLength > 0) counts.slow_reader++
    socket.destroy()
  }
  server.maxConnections = maxConnections === 0 ? Number.POSITIVE_INFINITY : maxConnections
  // Otherwise a worker gives them back, and the primary offers them to the next one for as long as nobody takes them.
  Object.assign(server, { dropMaxConnection: true })
  if (maxConnectionsPerClient > 0) server.on('connection', onConnection)
  server.on('drop', onDrop).on('timeout', onTimeout)
  return () => void server.off('connection', onConnection).off('drop', onDrop).off('timeout', onTimeout)
}

const byServer = new WeakMap<Server, OpenByClient>()

/** Those of this server, from the first call on: a limit that is set while it runs holds for what is open already too. */
function openByClient(server: Server): OpenByClient {
  const known = byServer.get(server)
  if (known !== undefined) return known
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const client = clientKey(socket.remoteAddress)
    open.set(client, (open.get(client) ?? 0) + 1)
    socket.once('close', () => {
      const left = (open.get(client) ?? 1) - 1
      if (left === 0) open.delete(client)
      else open.set(client, left)
    })
  })
  byServer.set(server, open)
  return open
}
