import { messageOf } from '../core/errors.ts'
import { seededRandom } from '../core/random.ts'
import { endWithParent } from '../host/process-entry.ts'
import { createApp } from './app.ts'
import type { App } from './app.ts'
import type { WorkerCommand, WorkerMessage } from './messages.ts'
import type { ServerOptions } from './options.ts'

/** Process entry: one worker of the cluster. The primary tells it what to serve and when to stop. */

let app: App | undefined

endWithParent()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
process.on('message', (command: WorkerCommand) => {
  switch (command.type) {
    case 'start':
      return start(command.options, command.seed)
    case 'stats':
      return app === undefined ? undefined : tell({ type: 'stats', id: command.id, stats: app.stats() })
    case 'drain':
      return void Promise.resolve(app?.drain(command.lingerMs)).finally(() => process.exit())
  }
})

function start(options: ServerOptions, seed: number): void {
  const random = seededRandom(seed)
  const lifetime = options.maxRequests + Math.round(random() * options.maxRequestsJitter)
  const started = createApp(options, {
    random,
    onEnded: (requests) => {
      if (options.maxRequests > 0 && requests === lifetime) tell({ type: 'worn' })
    },
    // A mistake of ours: whoever started the server keeps what it prints.
    onError: (error) => process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`),
  })
  app = started
  started.server.once('error', (error) => {
    tell({ type: 'failed', message: messageOf(error) })
  })
  started.server.listen(options.port, options.host, () => tell({ type: 'listening' }))
}

function tell(message: WorkerMessage): void {
  process.send?.(message)
}
