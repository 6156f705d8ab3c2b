import cluster from 'node:cluster'
import type { Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'

import type { Milliseconds } from '../core/clock.ts'
import { entryUrl, steadyHeapFlags } from '../host/process-entry.ts'
import { rescueConnections } from './connection-rescue.ts'
import type { WorkerCommand, WorkerMessage, WorkerReport, WorkerStats } from './messages.ts'
import type { ServerOptions } from './options.ts'
import type { WorkerIdentity } from './supervisor-events.ts'
import { parseWorkerMessage } from './worker-message.ts'
import type { Wear } from './worker-slots.ts'

/** A worker that hangs must not hold up the figures of the others. */
const STATS_TIMEOUT_MS: Milliseconds = 300
/** A worker that could not close in time gets this much longer before it is killed. */
const KILL_MARGIN_MS: Milliseconds = 1_000

/** What a new worker is told. */
export interface WorkerStart {
  readonly slot: number
  readonly options: ServerOptions
  readonly seed: number
}

/** What a worker says about its own life. */
export type LifeMessage = Exclude<WorkerMessage, { readonly type: 'stats' }>

/** What the supervisor learns of a worker. */
export interface WorkerProcessEvents {
  /** Well formed, but from a worker whose code may be wrong: at any time, and also after its end. */
  readonly onMessage: (message: LifeMessage) => void
  /** The same holds for these. */
  readonly onReport: (report: WorkerReport) => void
  /** Whether another worker takes the connections that this one had not read when it died. */
  readonly hasOthers: () => boolean
  /** Once; `how` in words: `exit code 1`, `SIGKILL`. */
  readonly onEnd: (how: string) => void
}

/** @param reusePort the kernel gives connections to the workers; otherwise the primary does, to one after the other */
export function prepareWorkers(reusePort: boolean): void {
  cluster.schedulingPolicy = reusePort ? cluster.SCHED_NONE : cluster.SCHED_RR
  cluster.setupPrimary({
    exec: fileURLToPath(entryUrl(import.meta.url, 'worker')),
    execArgv: [...process.execArgv, ...steadyHeapFlags(process.env['NODE_OPTIONS'], process.execArgv)],
    serialization: 'advanced',
  })
}

/** One process of the cluster as its primary sees it. */
export class WorkerProcess {
  readonly options: ServerOptions
  state: 'starting' | 'serving' | 'draining' | 'gone' = 'starting'
  /** From when on it may be replaced, and why; undefined while there is no reason. */
  worn: Wear | undefined
  servingSinceMs: Milliseconds = 0
  /** When it last gave a sign of life, in the primary's awake time. */
  heardAtMs: Milliseconds
  /** It was killed because it gave none. */
  isHung = false
  /** Why it cannot serve, in its own words. */
  failure: { readonly message: string; readonly hint: string | undefined } | undefined
  readonly #slot: number
  readonly #worker: Worker
  readonly #ended: Promise<void>
  readonly #statsAnswers = new Map<number, (stats: WorkerStats) => void>()
  #nextStatsId = 0

  /** @throws what the system says when it has no room for another process */
  constructor({ slot, options, seed }: WorkerStart, awakeMs: Milliseconds, events: WorkerProcessEvents) {
    this.#slot = slot
    this.options = options
    this.heardAtMs = awakeMs
    const worker = cluster.fork()
    this.#worker = worker
    worker.on('message', (raw: unknown) => this.#onMessage(raw, events))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended = promise
    let hasEnded = false
    const end = (how: string): void => {
      if (hasEnded) return
      hasEnded = true
      resolve()
      events.onEnd(how)
    }
    worker.on('exit', (code, signal) => end(signal === null ? `exit code ${code}` : signal))
    worker.on('error', (error) => {
      // A process that could not be started has no exit; a broken channel of one that runs is followed by it.
      if (worker.process.pid === undefined) end(error.message)
    })
    // Without a process, for want of open files for example, there is no channel either.
    if (worker.process.pid !== undefined) rescueConnections(worker, events.hasOthers)
    this.tell({ type: 'start', options, seed, slot })
  }

  get identity(): WorkerIdentity {
    return { id: this.#worker.id, slot: this.#slot, pid: this.pid ?? 0 }
  }

  get pid(): number | undefined {
    return this.#worker.process.pid
  }

  /** A worker may be gone before its exit is known here; that is not an error. */
  tell(command: WorkerCommand): void {
    if (this.#worker.isConnected()) this.#worker.send(command, () => undefined)
  }

  /** Its figures; undefined when it does not tell them within 300 ms. */
  stats(): Promise<WorkerStats | undefined> {
    const id = this.#nextStatsId++
    return new Promise<WorkerStats | undefined>((resolve) => {
      const timer = setTimeout(resolve, STATS_TIMEOUT_MS, undefined)
      this.#statsAnswers.set(id, (stats) => {
        clearTimeout(timer)
        resolve(stats)
      })
      this.tell({ type: 'stats', id })
    }).finally(() => this.#statsAnswers.delete(id))
  }

  /** Has it end what it does. Resolves when it is gone; it is killed a second after its graceful timeout. */
  async retire(lingerMs: Milliseconds): Promise<void> {
    if (this.state === 'gone') return
    this.state = 'draining'
    const killer = setTimeout(() => this.kill(), this.options.gracefulTimeoutMs + lingerMs + KILL_MARGIN_MS)
    this.tell({ type: 'drain', lingerMs })
    await this.#ended
    clearTimeout(killer)
  }

  /** Ends one that serves nobody yet, so that nothing is lost. */
  dismiss(): void {
    this.state = 'draining'
    this.kill()
  }

  /** `worker.kill()` would ask the worker for it, and one that hangs does not listen. */
  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }

  #onMessage(raw: unknown, { onMessage, onReport }: WorkerProcessEvents): void {
    const said = parseWorkerMessage(raw)
    switch (said?.type) {
      case undefined:
        return
      case 'stats':
        return this.#statsAnswers.get(said.id)?.(said.stats)
      case 'metrics':
        // A worker that names the slot of another would overwrite its figures.
        return onReport({ ...said, slot: this.#slot })
      case 'log':
      case 'scrape':
      case 'tokens':
        return onReport(said)
      case 'listening':
      case 'alive':
      case 'failed':
      case 'worn':
        return onMessage(said)
    }
  }
}
