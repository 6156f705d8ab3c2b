import type { Clock, Milliseconds } from '../core/clock.ts'
import { TargetError } from '../core/errors.ts'
import { isSameAddress } from '../core/same-address.ts'
import { ClientLimiter } from '../resilience/client-limiter.ts'
import type { TokenGrant, TokenRequest } from '../resilience/client-limiter.ts'
import { listenProblem } from './listening-port.ts'
import { LogBuffer, PRIMARY_LOG_BUFFER } from './logs/log-buffer.ts'
import { isLogged } from './logs/log-level.ts'
import type { LogLevel } from './logs/log-level.ts'
import { logLine } from './logs/log-line.ts'
import type { WorkerCommand, WorkerReport } from './messages.ts'
import { ClusterMetrics } from './metrics/cluster-metrics.ts'
import { startMetricsServer } from './metrics/metrics-server.ts'
import type { ServerOptions } from './options.ts'

/** For the last lines of a server that ends. */
const FLUSH_TIMEOUT_MS: Milliseconds = 1_000

/** Takes what workers report: makes one metrics page and one log of it. */
export class PrimaryReports {
  readonly #metrics: ClusterMetrics
  readonly #log: LogBuffer
  readonly #clock: Clock
  #level: LogLevel
  #rateLimit: ServerOptions['rateLimit'] = null
  /** Of all workers; undefined as long as none has had a limiter. */
  #limiter: ClientLimiter | undefined
  #closePort: (() => Promise<void>) | undefined
  #queueStateFailures: number | undefined

  /** @param write hands log lines on; only with one writer are lines whole */
  constructor(level: LogLevel, write: (text: string, done: () => void) => void, clock: Clock) {
    this.#level = level
    this.#clock = clock
    this.#log = new LogBuffer((text, _lines, done) => write(text, done), PRIMARY_LOG_BUFFER, clock)
    this.#metrics = new ClusterMetrics(clock, (snapshot) => {
      if (this.#level !== 'off') snapshot.add('tune_log_lines_dropped_total', this.#log.dropped)
      if (this.#queueStateFailures !== undefined) {
        snapshot.add('tune_queue_state_failures_total', this.#queueStateFailures)
      }
    })
  }

  /**
   * Opens the port of the metrics page, if there is to be one.
   *
   * @throws {TargetError} when it cannot
   */
  async listen({ metrics, host: serverHost, port: serverPort }: ServerOptions): Promise<void> {
    if (metrics === null || metrics.port === null) return
    const { host, port } = metrics
    const hint = 'choose another METRICS_PORT or METRICS_HOST, or ENABLE_METRICS=false'
    if (isSameAddress({ host, port }, { host: serverHost, port: serverPort })) {
      throw new TargetError(`SERVER_PORT and METRICS_PORT are both ${port}`, { hint })
    }
    try {
      this.#closePort = await startMetricsServer({ host, port }, (format) => this.#metrics.page(format))
    } catch (error) {
      throw new TargetError(`METRICS_PORT: ${listenProblem(error, { host, port })}`, { hint, cause: error })
    }
  }

  /** Takes what a worker reports. */
  accept(workerId: number, report: WorkerReport, reply: (command: WorkerCommand) => void): void {
    switch (report.type) {
      case 'metrics':
        return this.#metrics.update(workerId, report.slot, report.snapshot)
      case 'log':
        return this.#log.add(report.text, report.lines)
      case 'scrape':
        return reply({ type: 'scraped', id: report.id, page: this.#metrics.page(report.format) })
      case 'tokens': {
        // While workers change to options without a limiter, others still ask.
        const grants = report.requests.map((request) => this.#limiter?.grant(request) ?? unlimited(request))
        return reply({ type: 'granted', id: report.id, grants })
      }
    }
  }

  /** The worker is gone; what it has counted stays. */
  onEnded(workerId: number): void {
    this.#metrics.retire(workerId)
  }

  onReplaced(slot: number, reason: string): void {
    this.#metrics.countRestart(reason)
    const level = reason === 'crash' || reason === 'hung' ? 'error' : 'info'
    if (isLogged(level, this.#level))
      this.#log.add(logLine(level, { message: 'worker replaced', worker: slot, reason }))
  }

  /** The state of the queue is kept in a file from now on; `failures` counts what goes wrong with that. */
  countQueueStateFailures(failures: number): void {
    this.#queueStateFailures = (this.#queueStateFailures ?? 0) + failures
  }

  /** From now on; workers have levels of their own. */
  setLevel(level: LogLevel): void {
    this.#level = level
  }

  /**
   * The limit that workers share from now on; what clients have used of the one before stays used.
   *
   * @returns goes back to the one before
   */
  setRateLimit(limit: ServerOptions['rateLimit']): () => void {
    const before = this.#rateLimit
    this.#rateLimit = limit
    // Without a limit nobody new will ask; whoever still does has the one before.
    if (limit !== null && this.#limiter === undefined) this.#limiter = new ClientLimiter(limit, this.#clock)
    else if (limit !== null) this.#limiter?.change(limit)
    return () => void this.setRateLimit(before)
  }

  /** Closes the port and hands the last lines on; takes a second at most. */
  async close(): Promise<void> {
    await this.#closePort?.()
    await this.#log.flush(FLUSH_TIMEOUT_MS)
  }
}

function unlimited({ wanted }: TokenRequest): TokenGrant {
  return { tokens: wanted, remaining: 0, waitMs: 0 }
}
