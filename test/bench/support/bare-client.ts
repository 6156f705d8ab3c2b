/**
 * Process entry: sends requests as simply as Node can, and tells the response times of those that were answered, in an open loop
 * from the moment at which a request was to start. What it does is its argument, as JSON.
 */
import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

import type { Milliseconds } from '../../../src/core/clock.ts'
import { preferThisThread } from '../../../src/host/priority.ts'
import { endWithParent } from '../../../src/host/process-entry.ts'
import { spinUntil } from '../../../src/load/spin.ts'

/** What it sends. */
export interface BareLoad {
  readonly url: string
  /** In a closed loop each sends when it has its answer; in an open one each is free for the next request then. */
  readonly connections: number
  /** Of an open loop; null for a closed one. */
  readonly ratePerS: number | null
  readonly warmUpMs: Milliseconds
  readonly measuredMs: Milliseconds
}

/** Between two looks at what has been read. */
const READ_EVERY_MS: Milliseconds = 0.02

/**
 * Opened beforehand, and again after a reset with the next request, as tune opens its own: else the floor of a case with resets
 * would lack what it takes to connect. The time of a request in a closed loop begins when it is written, as tune's does.
 */
class Connection {
  #socket: Socket | undefined
  /** Of the request under way; undefined: from when it is written. */
  #fromMs: Milliseconds | undefined

  open(onOpen: () => void): void {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true }, onOpen)
    this.#socket = socket
    socket.on('data', () => this.#onAnswer())
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET') throw error
    })
    socket.on('close', () => {
      this.#socket = undefined
      onFree(this)
    })
  }

  /** Nothing else may be under way. */
  send(fromMs?: Milliseconds): void {
    this.#fromMs = fromMs
    if (this.#socket === undefined) this.open(() => this.#write())
    else this.#write()
  }

  #write(): void {
    this.#fromMs ??= performance.now()
    this.#socket?.write(request)
  }

  #onAnswer(): void {
    const fromMs = this.#fromMs ?? Number.NaN
    if (fromMs >= measuredFromMs) tookMs.push(performance.now() - fromMs)
    onFree(this)
  }
}

endWithParent()
preferThisThread(true)
// What the parent gives is a load: it wrote it.
const load = JSON.parse(process.argv[2] ?? '') as BareLoad
const { hostname, port, host } = new URL(load.url)
const request = Buffer.from(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
const connections = Array.from({ length: load.connections }, () => new Connection())
const tookMs: number[] = []
let onFree: (connection: Connection) => void
await Promise.all(connections.map((connection) => new Promise<void>((resolve) => connection.open(resolve))))
const measuredFromMs = performance.now() + load.warmUpMs
const endMs = measuredFromMs + load.measuredMs

function closedLoop(): void {
  let sending = connections.length
  onFree = (connection) => {
    if (performance.now() < endMs) connection.send()
    else if (--sending === 0) tell()
  }
  for (const connection of connections) connection.send()
}

function openLoop(gapMs: Milliseconds): void {
  const idle = [...connections]
  const waitingMs: Milliseconds[] = []
  let dueMs = performance.now()
  onFree = (connection) => {
    const fromMs = waitingMs.shift()
    if (fromMs === undefined) idle.push(connection)
    else connection.send(fromMs)
  }
  const turn = (): void => {
    for (; dueMs <= performance.now() && dueMs < endMs; dueMs += gapMs) {
      const connection = idle.pop()
      if (connection === undefined) waitingMs.push(dueMs)
      else connection.send(dueMs)
    }
    if (dueMs >= endMs && idle.length === connections.length) {
      tell()
      return
    }
    setImmediate(turn)
    spinUntil(Math.min(dueMs, performance.now() + READ_EVERY_MS))
  }
  turn()
}

function tell(): void {
  process.send?.(tookMs)
}

if (load.ratePerS === null) closedLoop()
else openLoop(1_000 / load.ratePerS)
