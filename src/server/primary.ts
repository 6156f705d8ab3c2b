import { createServer } from 'node:net'

import { messageOf } from '../core/errors.ts'
import { endWithParent } from '../host/process-entry.ts'
import type { ControllerMessage, PrimaryMessage } from './messages.ts'
import type { ServerOptions } from './options.ts'
import { Supervisor } from './supervisor.ts'

/** Process entry: the primary of the cluster. It serves nothing itself; a controller tells it over IPC what to run. */

let supervisor: Supervisor | undefined

endWithParent(() => supervisor?.kill())
// The controller decides when a run is over; Ctrl-C reaches all processes of the terminal.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => void stop())
process.on('message', (message: ControllerMessage) => {
  switch (message.type) {
    case 'start':
      return void start(message.options, message.seed)
    case 'stats':
      return void supervisor?.stats().then((stats) => tell({ type: 'stats', id: message.id, stats }))
    case 'apply':
      return void supervisor?.apply(message.options).then(() => tell({ type: 'applied', id: message.id }))
  }
})

let isStopping = false

/** The second call does not wait any more. */
async function stop(): Promise<void> {
  if (isStopping) supervisor?.kill()
  isStopping = true
  await supervisor?.drain()
  process.exit()
}

async function start(options: ServerOptions, seed: number): Promise<void> {
  let port: number
  try {
    port = await findPort(options.host, options.port)
  } catch (error) {
    return fail(listenProblem(error, options), 'choose another SERVER_PORT (0 takes any free port) or SERVER_HOST')
  }
  const url = `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`
  let isListening = false
  supervisor = new Supervisor({ ...options, port }, seed, {
    onServing: (workerPids) => {
      tell(isListening ? { type: 'workers', workerPids } : { type: 'listening', url, workerPids })
      isListening = true
    },
    onFailed: fail,
  })
  supervisor.start()
}

/** Finds out before any worker is started whether the port can be had, and which one it is when any will do. */
function findPort(host: string, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen({ host, port: wanted, exclusive: true }, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : wanted))
    })
  })
}

function listenProblem(error: unknown, { host, port }: ServerOptions): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is taken`
  if (code === 'EACCES') return `port ${port} on ${host} may not be opened by this user`
  return `it cannot listen on ${host}:${port} (${messageOf(error)})`
}

/** The message must be out before the process ends. */
function fail(message: string, hint: string | undefined): void {
  if (process.send === undefined) process.exit(1)
  process.send({ type: 'failed', message, hint } satisfies PrimaryMessage, () => process.exit(1))
}

function tell(message: PrimaryMessage): void {
  process.send?.(message)
}
