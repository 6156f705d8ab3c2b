/**
 * Process entry: sends requests as simply as Node can, and tells the response times, in an open loop from the moment at which a
 * request was to start. What it does is its argument, as JSON.
 */
import { once } from 'node:events'
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

endWithParent()
preferThisThread(true)
// What the parent gives is a load: it wrote it.
const load = JSON.parse(process.argv[2] ?? '') as BareLoad
const { hostname, port, host } = new URL(load.url)
const request = Buffer.from(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
/** Of the request under way on each connection. */
const startedMs = new Map<Socket, Milliseconds>()
const tookMs: number[] = []
let onFree: (socket: Socket) => void = () => undefined

function send(socket: Socket, fromMs: Milliseconds): void {
  startedMs.set(socket, fromMs)
  socket.write(request)
}

async function open(): Promise<Socket> {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  socket.on('data', () => {
    const fromMs = startedMs.get(socket) ?? Number.NaN
    if (fromMs >= measuredFromMs) tookMs.push(performance.now() - fromMs)
    onFree(socket)
  })
  return socket
}

function closedLoop(): void {
  onFree = (socket) => {
    const nowMs = performance.now()
    if (nowMs < endMs) send(socket, nowMs)
    else socket.destroy()
  }
  for (const socket of sockets) onFree(socket)
}

function openLoop(gapMs: Milliseconds): void {
  const idle = [...sockets]
  const waitingMs: Milliseconds[] = []
  let dueMs = performance.now()
  onFree = (socket) => {
    const fromMs = waitingMs.shift()
    if (fromMs === undefined) idle.push(socket)
    else send(socket, fromMs)
  }
  const turn = (): void => {
    for (; dueMs <= performance.now() && dueMs < endMs; dueMs += gapMs) {
      const socket = idle.pop()
      if (socket === undefined) waitingMs.push(dueMs)
      else send(socket, dueMs)
    }
    if (dueMs >= endMs && idle.length === sockets.length) {
      for (const socket of sockets) socket.destroy()
      return
    }
    setImmediate(turn)
    spinUntil(Math.min(dueMs, performance.now() + READ_EVERY_MS))
  }
  turn()
}

const sockets = await Promise.all(Array.from({ length: load.connections }, open))
const measuredFromMs = performance.now() + load.warmUpMs
const endMs = measuredFromMs + load.measuredMs
const ended = Promise.all(sockets.map((socket) => once(socket, 'close')))
if (load.ratePerS === null) closedLoop()
else openLoop(1_000 / load.ratePerS)
await ended
process.send?.(tookMs)
