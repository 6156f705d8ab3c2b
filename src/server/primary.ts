import { messageOf, TuneError } from '../core/errors.ts'
import { httpOrigin } from '../core/http-origin.ts'
import { endWithParent } from '../host/process-entry.ts'
import { systemClock } from '../host/system-clock.ts'
import { withEmbeddedDatabase } from './database/embedded-database.ts'
import { findPort } from './listening-port.ts'
import type { ControllerMessage, PrimaryMessage, TargetStats } from './messages.ts'
import type { ServerOptions } from './options.ts'
import { PrimaryReports } from './primary-reports.ts'
import { QueueKeeper } from './queue-keeper.ts'
import { reusePortWarning } from './reuse-port.ts'
import { SingleProcess } from './single-process.ts'
import type { SupervisorEvents } from './supervisor-events.ts'
import { Supervisor } from './supervisor.ts'

/**
 * Process entry: the primary of the cluster. A controller tells it over IPC what to run. It serves nothing itself, unless the
 * server is to have no workers.
 */

let serving: Supervisor | SingleProcess | undefined
let reports: PrimaryReports | undefined
let metrics: ServerOptions['metrics'] = null
/** Undefined when nothing is kept over restarts. */
let queueKeeper: QueueKeeper | undefined

endWithParent(() => serving?.kill())
// The controller decides when a run is over; Ctrl-C reaches all processes of the terminal.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
// A reader of the log that is gone is no reason to end.
process.stderr.on('error', () => undefined)
process.on('SIGTERM', () => void stop())
process.on('message', (message: ControllerMessage) => {
  switch (message.type) {
    case 'start':
      return void start(message.options, message.seed)
    case 'stats':
      return void serving?.stats().then((stats) => tell({ type: 'stats', id: message.id, stats }))
    case 'apply':
      return void apply(withEmbeddedDatabase(message.options)).then(
        () => tell({ type: 'applied', id: message.id }),
        (error: unknown) => tell({ type: 'apply-failed', id: message.id, message: messageOf(error) }),
      )
  }
})

let isStopping = false

/** The second call does not wait any more. */
async function stop(): Promise<void> {
  if (isStopping) serving?.kill()
  isStopping = true
  // The keeper first: it asks the workers what they have counted before they are told to end.
  await Promise.all([queueKeeper?.close(), serving?.drain()])
  await reports?.close()
  process.exit()
}

async function start(options: ServerOptions, seed: number): Promise<void> {
  try {
    const port = await findPort(options)
    reports = new PrimaryReports(options.logLevel, writeLog, systemClock)
    metrics = options.metrics
    await reports.listen({ ...options, port })
    reports.setRateLimit(options.rateLimit)
    const warning = reusePortWarning(options)
    if (warning !== undefined) tell({ type: 'warning', text: warning })
    const Serving = options.workers === 0 ? SingleProcess : Supervisor
    const events = eventsOf(httpOrigin(options.host, port), reports)
    const restored = await restoreQueue(options, reports)
    serving = new Serving({ ...withEmbeddedDatabase(restored), port }, seed, events)
    serving.start()
    queueKeeper?.start()
  } catch (error) {
    fail(messageOf(error), error instanceof TuneError ? error.hint : undefined)
  }
}

/** The options with the size that the queue had last. */
async function restoreQueue(options: ServerOptions, observer: PrimaryReports): Promise<ServerOptions> {
  const { queue } = options
  if (queue === null || queue.state === null) return options
  observer.countQueueStateFailures(0)
  const onFailure = (text: string): void => {
    observer.countQueueStateFailures(1)
    tell({ type: 'warning', text })
  }
  const stats = (): Promise<TargetStats> => serving?.stats() ?? Promise.reject(new Error('nothing is served yet'))
  queueKeeper = await QueueKeeper.open(queue, queue.state, { stats, onFailure })
  return { ...options, queue: { ...queue, capacity: queueKeeper.size } }
}

/** Where the metrics are served is settled at the start. */
async function apply(options: ServerOptions): Promise<void> {
  // The first of the new workers needs it already.
  const restoreRateLimit = reports?.setRateLimit(options.rateLimit)
  try {
    await serving?.apply({ ...options, queue: withKeptSize(options.queue), metrics })
  } catch (error) {
    restoreRateLimit?.()
    throw error
  }
  if (options.queue !== null) queueKeeper?.resize(options.queue.capacity)
  reports?.setLevel(options.logLevel)
}

/** The options with the size that is kept, unless QUEUE_SIZE itself has changed. */
function withKeptSize(queue: ServerOptions['queue']): ServerOptions['queue'] {
  return queue === null || queueKeeper === undefined
    ? queue
    : { ...queue, capacity: queueKeeper.sizeFor(queue.capacity) }
}

function eventsOf(url: string, observer: PrimaryReports): SupervisorEvents {
  let isListening = false
  return {
    onServing: (workerPids) => {
      tell(isListening ? { type: 'workers', workerPids } : { type: 'listening', url, workerPids })
      isListening = true
    },
    onFailed: fail,
    onWarning: (text) => tell({ type: 'warning', text }),
    onReplaced: (slot, reason) => observer.onReplaced(slot, reason),
    onReport: (workerId, report, reply) => observer.accept(workerId, report, reply),
    onEnded: ({ id }) => observer.onEnded(id),
  }
}

/** The message must be out before the process ends. */
function fail(message: string, hint: string | undefined): void {
  if (process.send === undefined) process.exit(1)
  process.send({ type: 'failed', message, hint } satisfies PrimaryMessage, () => process.exit(1))
}

function writeLog(text: string, done: () => void): void {
  process.stderr.write(text, () => done())
}

function tell(message: PrimaryMessage): void {
  process.send?.(message)
}
