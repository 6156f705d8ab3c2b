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
const NOTHING = Buffer.alloc(0)

interface Due {
  readonly atMs: Milliseconds
  readonly request: number
  readonly socket: Socket
}

interface Client {
  readonly socket: Socket
  /** The turn before it was accepted: until then it was not there. */
  readonly acceptedAfterMs: Milliseconds
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
let turnBeforeMs = 0
/** Somebody has connected since the last turn. */
let isSomebodyNew = false
/** One entry per request that was read and not yet taken in. */
const read: Client[] = []

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
 * are too coarse, and a virtual CPU that sleeps takes 0.1 ms to wake. Not when somebody is new: what they sent is read in the
 * next turn, and may be there already.
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
  if (isSomebodyNew) isSomebodyNew = false
  else spinUntil(Math.min(atMsOf(0), performance.now() + READ_EVERY_MS))
}

/**
 * What was read after a pause came at some moment of it: it is spread over the time since the last turn. Over that of two turns
 * where it came with its connection, which was accepted in the one and could be read only in the other.
 */
function takeIn(): void {
  const nowMs = performance.now()
  const turnMs = isSpinning ? lastTurnMs : nowMs
  for (let index = 0; index < read.length; index++) {
    const client = read[index] as Client
    const sinceMs = client.acceptedAfterMs === turnBeforeMs ? turnBeforeMs : turnMs
    arrive(client.socket, sinceMs + ((nowMs - sinceMs) * (index + 0.5)) / read.length)
  }
  read.length = 0
  turnBeforeMs = turnMs
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
  connections++
  isSomebodyNew = true
  if (!isSpinning) turn()
  const client: Client = { socket, acceptedAfterMs: lastTurnMs }
  /** Of a request that comes in pieces: what may be the beginning of its end. */
  let before = NOTHING
  socket.on('close', () => connections--)
  socket.on('error', () => undefined) // clients that give up reset
  socket.on('data', (chunk) => {
    const bytes = before.length === 0 ? chunk : Buffer.concat([before, chunk])
    let from = 0
    for (let at = bytes.indexOf(END_OF_REQUEST); at >= 0; at = bytes.indexOf(END_OF_REQUEST, from)) {
      from = at + END_OF_REQUEST.length
      read.push(client)
    }
    before = from === bytes.length ? NOTHING : bytes.subarray(Math.max(from, bytes.length - END_OF_REQUEST.length + 1))
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
