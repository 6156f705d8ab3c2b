import type { Server } from 'node:http'
import type { Socket } from 'node:net'

import type { LayerCounts } from './metrics/layer-counts.ts'
import { connectionsOf } from './open-connections.ts'
import type { HttpOptions } from './options/http.ts'

/**
 * Closes connections beyond the limits, of all clients and of each, and those whose client does not read its answer; counts
 * them. IPv6 addresses of one network are one client.
 *
 * @returns how to stop it; what is open stays open
 */
export function limitConnections(server: Server, options: HttpOptions, counts: LayerCounts['edge']): () => void {
  const { maxConnections, maxConnectionsPerClient } = options
  const connections = connectionsOf(server)
  const onConnection = (socket: Socket): void => {
    if (connections.ofSameClient(socket) <= maxConnectionsPerClient) return
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
