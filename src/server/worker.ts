import { messageOf } from '../core/errors.ts'
import { endWithParent } from '../host/process-entry.ts'
import { removeTemporaryDatabase } from './database/embedded-database.ts'
import type { WorkerCommand, WorkerMessage, WorkerReport } from './messages.ts'
import { startWorker } from './running-worker.ts'
import type { RunningWorker } from './running-worker.ts'

/** Process entry: one worker of the cluster. The primary tells it what to serve and when to stop. */

let worker: RunningWorker | undefined
/** What a primary that was killed could not remove. */
let removeLeftovers = (): void => undefined

endWithParent()
// A cluster's worker exits by itself when its primary is gone, before anything else can be called.
process.once('exit', () => {
  if (!process.connected) removeLeftovers()
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.on('message', (command: WorkerCommand) => {
  switch (command.type) {
    case 'start':
      return start(command)
    case 'stats':
      return worker === undefined ? undefined : tell({ type: 'stats', id: command.id, stats: worker.stats() })
    case 'scraped':
      return worker?.onScraped(command.id, command.page)
    case 'granted':
      return worker?.onGranted(command.id, command.grants)
    case 'drain':
      return void Promise.resolve(worker?.drain(command.lingerMs)).finally(() => process.exit())
  }
})

function start(command: WorkerCommand & { readonly type: 'start' }): void {
  removeLeftovers = () => removeTemporaryDatabase(command.options)
  try {
    worker = startWorker(command, { tell, report })
  } catch (error) {
    tell({ type: 'failed', message: messageOf(error) })
  }
}

/** Fails when the primary is gone, which ends this process anyway, and in order. */
function tell(message: WorkerMessage): void {
  process.send?.(message, undefined, undefined, () => undefined)
}

function report(said: WorkerReport, done: () => void): void {
  if (process.connected) process.send?.(said, undefined, undefined, () => done())
  else done()
}
