import type { Clock, Milliseconds } from '../core/clock.ts'
import type { App, AppParts } from './app.ts'
import { LogBuffer, WORKER_LOG_BUFFER } from './logs/log-buffer.ts'
import { errorLine } from './logs/log-line.ts'
import type { WorkerReport } from './messages.ts'
import type { MetricsFormat } from './metrics/exposition.ts'
import { SnapshotBuilder } from './metrics/snapshot.ts'
import type { ServerOptions } from './options.ts'

/** How often a worker tells its figures: what a killed one loses at most. */
const PUSH_INTERVAL_MS: Milliseconds = 1_000
/** The primary answers at once, or is in trouble. */
const SCRAPE_TIMEOUT_MS: Milliseconds = 1_000
/** For the last lines of a worker that ends. */
const FLUSH_TIMEOUT_MS: Milliseconds = 500

/** Hands a report to the primary; calls `done` when it is on its way. */
export type SendReport = (report: WorkerReport, done: () => void) => void

/** Everything that a worker tells about itself: metrics once a second, log lines in batches, and its last words. */
export class WorkerReports {
  readonly #options: ServerOptions
  readonly #slot: number
  readonly #send: SendReport
  readonly #clock: Clock
  readonly #log: LogBuffer | null
  readonly #scrapes = new Map<number, (page: string) => void>()
  #nextScrapeId = 0
  #app: App | undefined
  #pusher: NodeJS.Timeout | undefined
  #isPushing = false
  /** Called once the push under way has ended. */
  #onPushed: (() => void) | undefined

  /** @param slot of this worker, from 0 */
  constructor(options: ServerOptions, slot: number, send: SendReport, clock: Clock) {
    this.#options = options
    this.#slot = slot
    this.#send = send
    this.#clock = clock
    const sendLines = (text: string, lines: number, done: () => void): void => send({ type: 'log', text, lines }, done)
    this.#log = options.logLevel === 'off' ? null : new LogBuffer(sendLines, WORKER_LOG_BUFFER, clock)
  }

  /** What the app of the worker must be made with. */
  get parts(): Pick<AppParts, 'log' | 'metricsPage' | 'onError'> {
    const log = this.#log
    return {
      ...(log !== null && { log: (line) => log.add(line) }),
      metricsPage: (format) => this.#scrape(format),
      onError: (error, requestId) => this.logError(error, requestId),
    }
  }

  /** Begins to tell the figures of the app. */
  start(app: App): void {
    this.#app = app
    if (app.metrics === null) return
    this.#push()
    this.#pusher = setInterval(() => this.#push(), PUSH_INTERVAL_MS).unref()
  }

  /** A mistake of ours. Without a log it goes to stderr as it is: whoever started the server keeps what it prints. */
  logError(error: unknown, requestId?: string): void {
    if (this.#log === null) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    else this.#log.add(errorLine(error, requestId))
  }

  /** The primary's answer to a `scrape`. */
  onScraped(id: number, page: string): void {
    this.#scrapes.get(id)?.(page)
  }

  /** Says the last words; resolves when they are on their way, within half a second also when they are not. */
  async end(): Promise<void> {
    clearInterval(this.#pusher)
    await this.#log?.flush(FLUSH_TIMEOUT_MS)
    if (this.#options.metrics === null) return
    await new Promise<void>((resolve) => {
      const giveUp = this.#clock.schedule(FLUSH_TIMEOUT_MS, () => {
        this.#onPushed = undefined
        resolve()
      })
      const pushLast = (): void =>
        this.#push(() => {
          giveUp()
          resolve()
        })
      // What is on its way does not have the last figures.
      if (this.#isPushing) this.#onPushed = pushLast
      else pushLast()
    })
  }

  #push(done: () => void = () => undefined): void {
    const figures = this.#app?.metrics?.()
    // A channel that stalls must not fill with figures that are old when they arrive.
    if (figures === undefined || this.#isPushing) return done()
    const own = new SnapshotBuilder()
    if (this.#log !== null) own.add('tune_log_lines_dropped_total', this.#log.dropped)
    this.#isPushing = true
    this.#send({ type: 'metrics', slot: this.#slot, snapshot: new Map([...figures, ...own.build()]) }, () => {
      this.#isPushing = false
      done()
      const next = this.#onPushed
      this.#onPushed = undefined
      next?.()
    })
  }

  #scrape(format: MetricsFormat): Promise<string | undefined> {
    const id = this.#nextScrapeId++
    return new Promise<string | undefined>((resolve) => {
      const giveUp = this.#clock.schedule(SCRAPE_TIMEOUT_MS, () => resolve(undefined))
      this.#scrapes.set(id, (page) => {
        giveUp()
        resolve(page)
      })
      this.#send({ type: 'scrape', id, format }, () => undefined)
    }).finally(() => this.#scrapes.delete(id))
  }
}
