import { messageOf, TargetError } from '../core/errors.ts'
import type { TargetStats, WorkerMessage } from './messages.ts'
import type { ServerOptions } from './options.ts'
import { startWorker } from './running-worker.ts'
import type { RunningWorker } from './running-worker.ts'
import type { SupervisorEvents, WorkerIdentity } from './supervisor-events.ts'
import type { SendReport } from './worker-reports.ts'

const SLOT = 0

/** The server without a cluster: this process serves by itself. It has no worker to recycle, to watch or to lose. */
export class SingleProcess {
  #options: ServerOptions
  readonly #events: SupervisorEvents
  #seed: number
  #id = 1
  #running: RunningWorker | undefined
  #replaced = 0
  /** Apps that have given way and still end what they do. */
  readonly #leaving = new Set<Promise<void>>()

  /** @param options with the port already chosen */
  constructor(options: ServerOptions, seed: number, events: SupervisorEvents) {
    this.#options = options
    this.#seed = seed
    this.#events = events
  }

  /** @throws {RangeError} when the options are no good */
  start(): void {
    this.#running = this.#begin(this.#options, this.#id)
  }

  /** Its figures stand where those of a worker would. */
  stats(): Promise<TargetStats> {
    const workers = this.#running === undefined ? [] : [this.#running.stats()]
    return Promise.resolve({ primaryPid: process.pid, workers, silentPids: [], recycled: this.#replaced, crashed: 0 })
  }

  /**
   * Serves with other options from the next request on; the address and the connections stay. What is under way is answered
   * behind it.
   *
   * @throws {TargetError} when it cannot serve with them; then the options before stay in force
   */
  async apply(options: ServerOptions): Promise<void> {
    const before = this.#running
    const identity = this.#identity()
    const { host, port, reusePort } = this.#options
    const next = { ...options, host, port, reusePort }
    try {
      this.#running = this.#begin(next, identity.id + 1, before)
    } catch (error) {
      throw new TargetError(
        `it cannot serve with the new settings (${messageOf(error)}); the ones before stay in force`,
        {
          cause: error,
        },
      )
    }
    this.#options = next
    this.#id++
    this.#replaced++
    this.#events.onReplaced(SLOT, 'reload')
    if (before !== undefined) this.#leave(before, identity)
  }

  /** Ends what is under way, also that of the options before. */
  async drain(): Promise<void> {
    await Promise.all([this.#running?.drain(0), ...this.#leaving])
  }

  /** Ends this process. */
  kill(): void {
    process.exit()
  }

  #leave(before: RunningWorker, identity: WorkerIdentity): void {
    const left = before
      .leave()
      .catch((error: unknown) =>
        this.#events.onWarning(`what served with the settings before did not end well (${messageOf(error)})`),
      )
      .finally(() => {
        this.#leaving.delete(left)
        this.#events.onEnded(identity)
      })
    this.#leaving.add(left)
  }

  #begin(options: ServerOptions, id: number, before?: RunningWorker): RunningWorker {
    const command = { type: 'start', options, seed: this.#seed++, slot: SLOT } as const
    const report: SendReport = (said, done) => {
      this.#events.onReport(id, said, (answer) => {
        if (answer.type === 'scraped') started.onScraped(answer.id, answer.page)
        if (answer.type === 'granted') started.onGranted(answer.id, answer.grants)
      })
      done()
    }
    const started = startWorker(command, { tell: (message) => this.#onMessage(message), report }, before?.server)
    return started
  }

  #onMessage(message: WorkerMessage): void {
    if (message.type === 'listening') this.#events.onServing([])
    if (message.type === 'failed') this.#events.onFailed(message.message, message.hint)
  }

  #identity(): WorkerIdentity {
    return { id: this.#id, slot: SLOT, pid: process.pid }
  }
}
