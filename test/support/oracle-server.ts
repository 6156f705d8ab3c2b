/**
 * Process entry: a server that answers each request after a delay that is known beforehand, exact to some 10 µs, and says
 * afterwards when each request came and when it was answered. Understands requests without a body, on kept connections.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

import type { Milliseconds } from '../../src/core/clock.ts'
import { preferThisThread } from '../../src/host/priority.ts'
import { endWithParent } from '../../src/host/process-entry.ts'
import { spinUntil } from '../../src/load/spin.ts'
import { delaysOf, type OracleLaw } from '../bench/support/oracle-laws.ts'

/** What the oracle has seen, one entry per request in order of arrival; milliseconds of its own monotonic clock. */
export interface OracleAccount {
  readonly arrivedMs: Float64Array
  readonly dueMs: Float64Array
  /** NaN where nothing was answered: the connection was reset, or the client had gone. */
  readonly answeredMs: Float64Array
  /** User and system time of the process since it listens. */
  readonly cpuMs: Milliseconds
  readonly upMs: Milliseconds
}

const MAX_REQUESTS = 2_000_000
/** How long it spins between two looks at what has come: each turn of the event loop leaves garbage behind. */
const READ_EVERY_MS: Milliseconds = 0.02
/** HTTP/1.0 clients such as ab must be told that the connection stays. */
const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok')
const END_OF_REQUEST = Buffer.from('\r\n\r\n')

interface Due {
  readonly atMs: Milliseconds
  readonly request: number
  readonly socket: Socket
}

// What the parent gives is a law: it wrote it.
const law = JSON.parse(process.argv[2] ?? '') as OracleLaw
const delayOf = delaysOf(law)
// Filled beforehand: a virtual machine takes its time to hand out memory that is touched first.
const arrivedMs = new Float64Array(MAX_REQUESTS).fill(Number.NaN)
const dueMs = new Float64Array(MAX_REQUESTS).fill(Number.NaN)
const answeredMs = new Float64Array(MAX_REQUESTS).fill(Number.NaN)
let requests = 0
let stalledUntilMs = 0
/** A binary heap: the earliest is the first. */
const heap: Due[] = []
let connections = 0
let isSpinning = false
let lastTurnMs = 0
/** One entry per request that was read and not yet taken in. */
const read: Socket[] = []

function atMsOf(index: number): Milliseconds {
  return heap[index]?.atMs ?? Infinity
}

function swap(left: number, right: number): void {
  const held = heap[left] as Due
  heap[left] = heap[right] as Due
  heap[right] = held
}

function push(due: Due): void {
  let index = heap.push(due) - 1
  for (let parent = (index - 1) >> 1; index > 0 && atMsOf(parent) > due.atMs; parent = (index - 1) >> 1) {
    swap(index, parent)
    index = parent
  }
}

function shift(): void {
  swap(0, heap.length - 1)
  heap.pop()
  for (let index = 0; ;) {
    const left = 2 * index + 1
    const earlier = atMsOf(left + 1) < atMsOf(left) ? left + 1 : left
    if (atMsOf(earlier) >= atMsOf(index)) return
    swap(index, earlier)
    index = earlier
  }
}

function answer({ request, socket }: Due): void {
  if (socket.destroyed) return
  if (delayOf(request) === Infinity) socket.resetAndDestroy()
  else {
    socket.write(ANSWER)
    answeredMs[request] = performance.now()
  }
}

/**
 * Takes in what has been read, answers what is due, in each turn of the loop. It spins as long as somebody is connected: timers
 * are too coarse, and a virtual CPU that sleeps takes 0.1 ms to wake.
 */
function turn(): void {
  takeIn()
  for (let first = heap[0]; first !== undefined && first.atMs <= performance.now(); first = heap[0]) {
    shift()
    answer(first)
  }
  isSpinning = connections > 0
  if (!isSpinning) return
  setImmediate(turn)
  const readMs = Math.min(atMsOf(0), performance.now() + READ_EVERY_MS)
  spinUntil(readMs)
}

/** What was read after a pause came at some moment of it: it is spread over the time since the last turn. */
function takeIn(): void {
  const nowMs = performance.now()
  const sinceMs = isSpinning ? lastTurnMs : nowMs
  for (const [index, socket] of read.entries()) {
    arrive(socket, sinceMs + ((nowMs - sinceMs) * (index + 0.5)) / read.length)
  }
  read.length = 0
  lastTurnMs = nowMs
}

function arrive(socket: Socket, atMs: Milliseconds): void {
  const request = requests++
  if (law.kind === 'stall' && request === law.atRequest) stalledUntilMs = atMs + law.forMs
  const delayMs = delayOf(request)
  arrivedMs[request] = atMs
  dueMs[request] = Math.max(stalledUntilMs, atMs + (delayMs === Infinity ? 0 : delayMs))
  push({ atMs: dueMs[request], request, socket })
}

const server = createServer({ noDelay: true }, (socket) => {
  /** How many bytes of the end of a request have come; a request may come in pieces. */
  let matched = 0
  connections++
  socket.on('close', () => connections--)
  if (!isSpinning) turn()
  socket.on('error', () => undefined) // clients that give up reset
  socket.on('data', (chunk) => {
    for (const byte of chunk) {
      matched = byte === END_OF_REQUEST[matched] ? matched + 1 : byte === END_OF_REQUEST[0] ? 1 : 0
      if (matched < END_OF_REQUEST.length) continue
      matched = 0
      read.push(socket)
    }
  })
})

endWithParent()
preferThisThread(true)
server.listen(0, '127.0.0.1', 2_048)
await once(server, 'listening')
const startedMs = performance.now()
const cpuBefore = process.cpuUsage()
process.on('message', () => {
  const { user, system } = process.cpuUsage(cpuBefore)
  const account: OracleAccount = {
    arrivedMs: arrivedMs.slice(0, requests),
    dueMs: dueMs.slice(0, requests),
    answeredMs: answeredMs.slice(0, requests),
    cpuMs: (user + system) / 1_000,
    upMs: performance.now() - startedMs,
  }
  process.send?.(account)
})
process.send?.({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }) // listens on TCP
