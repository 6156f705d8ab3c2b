/**
 * Process entry, to be started with `--expose-gc`: one worker of the bundled server, without a primary, that tells what it holds on
 * to. Its metrics and log lines are made and thrown away.
 */
import type { EventEmitter } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { endWithParent } from '../../../src/host/process-entry.ts'
import type { WorkerStats } from '../../../src/server/messages.ts'
import type { ServerOptions } from '../../../src/server/options.ts'
import { startWorker } from '../../../src/server/running-worker.ts'
import type { RunningWorker } from '../../../src/server/running-worker.ts'
import { residentParts } from './resident-parts.ts'
import type { SoakAnswer, SoakQuestion, SoakReading } from './soak-messages.ts'

/** How often the listeners of the connections are counted: often in a second in which they pile up. */
const COUNT_EVERY_MS = 500
/** What the first collection frees may let go of more. */
const COLLECTIONS = 3
const SEED = 1

const warnings: string[] = []
const sockets = new Set<Socket>()
let worker: RunningWorker | undefined
let socketListeners = 0

endWithParent()
// Its database goes when it exits, and a signal alone would not have it do so.
process.once('SIGTERM', () => process.exit())
process.on('warning', (warning) => warnings.push(String(warning)))
process.on('message', (question: SoakQuestion) => {
  switch (question.type) {
    case 'start':
      return start(question.options)
    case 'read':
      return void read().then((reading) => tell({ reading }))
    case 'end':
      return void end()
  }
})
setInterval(countSocketListeners, COUNT_EVERY_MS).unref()

function start(options: ServerOptions): void {
  const started = startWorker(
    { type: 'start', options, seed: SEED, slot: 0 },
    {
      tell: (message) => {
        if (message.type === 'failed') throw new Error(message.message)
        const address = started.server.address() as AddressInfo // it listens on TCP
        if (message.type === 'listening') tell({ url: `http://127.0.0.1:${address.port}` })
      },
      report: (_report, done) => done(),
    },
  )
  started.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  worker = started
}

async function read(): Promise<SoakReading> {
  if (worker === undefined || globalThis.gc === undefined) throw new Error('not started, or without --expose-gc')
  for (let collection = 0; collection < COLLECTIONS; collection++) {
    await nextTurn()
    globalThis.gc()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  const stats = worker.stats()
  const reading: SoakReading = {
    heapBytes: heapUsed,
    externalBytes: external,
    rssBytes: rss,
    resident: process.platform === 'linux' ? residentParts(readFileSync('/proc/self/smaps', 'utf8')) : null,
    resources: resources(stats),
    listeners: [process, process.stdout, process.stderr, worker.server].reduce(
      (sum, each) => sum + listenersOf(each),
      0,
    ),
    socketListeners,
    warnings,
    stats,
  }
  socketListeners = 0
  return reading
}

/** Without the channel to the parent only what was left behind keeps the process alive. */
async function end(): Promise<void> {
  await worker?.drain(0)
  process.removeAllListeners('disconnect')
  process.disconnect()
}

function resources({ upstreams }: WorkerStats): Readonly<Record<string, number>> {
  const kinds: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) kinds[kind] = (kinds[kind] ?? 0) + 1
  if (process.platform !== 'linux') return kinds
  const connected = upstreams.reduce((sum, upstream) => sum + upstream.connected, 0)
  const files = readdirSync('/proc/self/fd').length - connected
  return { ...kinds, files, threads: readdirSync('/proc/self/task').length }
}

function countSocketListeners(): void {
  for (const socket of sockets) socketListeners = Math.max(socketListeners, listenersOf(socket))
}

function listenersOf(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)
}

function tell(answer: SoakAnswer): void {
  process.send?.(answer)
}
