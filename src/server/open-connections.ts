import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { clientKey } from './client-address.ts'

/** The connections of one server, also when one front serves it after the other. */
export class OpenConnections {
  /** No connection is to stay open after its last answer. */
  isDraining = false
  /** Each with its client, which a socket that is closed does not know any more. */
  readonly #clients = new Map<Socket, string>()
  readonly #countOf = new Map<string, number>()
  /** Answers that had to wait for others when their requests came, oldest first; of those that were sent some may remain. */
  readonly #pipelines = new WeakMap<Socket, ServerResponse[]>()
  readonly #closing = new WeakSet<Socket>()

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      const client = clientKey(socket.remoteAddress)
      this.#clients.set(socket, client)
      this.#add(client, 1)
      socket.once('close', () => {
        this.#clients.delete(socket)
        this.#add(client, -1)
      })
    })
  }

  /** Open connections of the client that has opened this one. */
  ofSameClient(socket: Socket): number {
    return this.#countOf.get(this.#clients.get(socket) ?? '') ?? 0
  }

  /** A request has come before those ahead of it on its connection were answered. */
  addPipelined(socket: Socket, response: ServerResponse): void {
    const waiting = this.#pipelines.get(socket)
    if (waiting === undefined) {
      this.#pipelines.set(socket, [response])
      return
    }
    while (waiting[0]?.writableFinished === true) waiting.shift()
    waiting.push(response)
  }

  /** The requests that have come behind this one on its connection and are not answered yet. */
  countBehind(socket: Socket, response: ServerResponse): number {
    const waiting = this.#pipelines.get(socket)
    if (waiting === undefined) return 0
    // One that did not have to wait is ahead of all that do.
    return waiting.slice(waiting.indexOf(response) + 1).filter(({ writableFinished }) => !writableFinished).length
  }

  /** The answer that is being sent closes the connection: whatever has come or comes behind it is not answered. */
  markClosing(socket: Socket): void {
    this.#closing.add(socket)
  }

  isClosing(socket: Socket): boolean {
    return this.#closing.has(socket)
  }

  /** For Node a connection on which nothing was ever sent is not idle. */
  closeSilent(): void {
    for (const socket of this.#clients.keys()) if (socket.bytesRead === 0) socket.destroy()
  }

  #add(client: string, change: 1 | -1): void {
    const count = (this.#countOf.get(client) ?? 0) + change
    if (count === 0) this.#countOf.delete(client)
    else this.#countOf.set(client, count)
  }
}

const byServer = new WeakMap<Server, OpenConnections>()

/** Those of this server, from the first call on: to be called before it listens. */
export function connectionsOf(server: Server): OpenConnections {
  const known = byServer.get(server)
  if (known !== undefined) return known
  const connections = new OpenConnections(server)
  byServer.set(server, connections)
  return connections
}
