import type { Server } from 'node:http'

import type { Milliseconds } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import { seededRandom } from '../core/random.ts'
import { systemClock } from '../host/system-clock.ts'
import type { TokenGrant } from '../resilience/client-limiter.ts'
import { drawRecycleLimits, wearReason } from '../resilience/recycle-policy.ts'
import type { RecycleLimits, WearReason } from '../resilience/recycle-policy.ts'
import { createApp } from './app.ts'
import { signIntervalMs } from './life-signs.ts'
import type { WorkerCommand, WorkerMessage, WorkerStats } from './messages.ts'
import type { ServerOptions } from './options.ts'
import { SharedLimiter } from './shared-limiter.ts'
import { WorkerReports } from './worker-reports.ts'
import type { SendReport } from './worker-reports.ts'

/** A server of this process that has been started, and what belongs to the life of a worker. */
export interface RunningWorker {
  /** Listening, or about to. */
  readonly server: Server
  readonly stats: () => WorkerStats
  /** See App; the second call waits for the first. */
  readonly drain: (lingerMs: Milliseconds) => Promise<void>
  readonly leave: () => Promise<void>
  /** Gets the answer to a `scrape` that was reported. */
  readonly onScraped: (id: number, page: string) => void
  /** Gets the answer to `tokens` that was reported. */
  readonly onGranted: (id: number, grants: readonly TokenGrant[]) => void
}

/** Where the messages of a worker go. */
export interface WorkerChannel {
  /** Gets `listening` or `failed`, and later what the life of a worker brings. */
  readonly tell: TellPrimary
  readonly report: SendReport
}

type TellPrimary = (message: WorkerMessage) => void

/** The hint for an address that cannot be listened on. */
const OTHER_ADDRESS = 'choose another SERVER_PORT or SERVER_HOST'

/**
 * Starts the server of one process. A worker of a cluster gives signs of life and says when it is worn; a process without
 * workers (`options.workers` is 0) has nobody to take over from it, and does neither.
 *
 * @param listening the server of a worker of this process that is about to leave it
 * @throws {RangeError} when the options are no good
 */
export function startWorker(
  { options, seed, slot }: WorkerCommand & { readonly type: 'start' },
  { tell, report }: WorkerChannel,
  listening?: Server,
): RunningWorker {
  const random = seededRandom(seed)
  const watch = options.workers === 0 ? undefined : new WearWatch(drawRecycleLimits(options.recycle, random), tell)
  const reports = new WorkerReports(options, slot, report, systemClock)
  const { rateLimit, workers } = options
  const limiter = rateLimit === null ? undefined : new SharedLimiter(rateLimit, workers, report, systemClock)
  const app = createApp(options, { ...reports.parts, random, onEnded: watch?.onEnded, server: listening, limiter })
  reports.start(app)
  const signs = watch && setInterval(() => watch.giveSign(), signIntervalMs(options.workerTimeoutMs)).unref()
  if (listening === undefined) listen(app.server, options, tell, reports)
  const endAfter = async (ended: Promise<void>): Promise<void> => {
    try {
      await ended
    } finally {
      clearInterval(signs)
      await limiter?.end()
      await reports.end()
    }
  }
  let drained: Promise<void> | undefined
  return {
    server: app.server,
    stats: app.stats,
    drain: (lingerMs) => (drained ??= endAfter(app.drain(lingerMs))),
    leave: () => endAfter(app.leave()),
    onScraped: (id, page) => reports.onScraped(id, page),
    onGranted: (id, grants) => limiter?.onGranted(id, grants),
  }
}

/** Looks after the limits of one worker; requests at each one, age and memory with each sign of life. */
class WearWatch {
  readonly #limits: RecycleLimits
  readonly #tell: TellPrimary
  readonly #startedAtMs = performance.now()
  #requests = 0
  #isWorn = false

  constructor(limits: RecycleLimits, tell: TellPrimary) {
    this.#limits = limits
    this.#tell = tell
  }

  readonly onEnded = (requests: number): void => {
    this.#requests = requests
    if (requests >= this.#limits.requests && !this.#isWorn) this.#tellWorn('requests', process.memoryUsage.rss())
  }

  giveSign(): void {
    this.#tell({ type: 'alive' })
    if (this.#isWorn) return
    const ageMs = performance.now() - this.#startedAtMs
    const rssBytes = this.#limits.rssBytes === Infinity ? 0 : process.memoryUsage.rss()
    const reason = wearReason(this.#limits, { requests: this.#requests, ageMs, rssBytes })
    if (reason !== undefined) this.#tellWorn(reason, rssBytes)
  }

  #tellWorn(reason: WearReason, rssBytes: number): void {
    this.#isWorn = true
    this.#tell({ type: 'worn', reason, requests: this.#requests, rssBytes })
  }
}

function listen(
  server: Server,
  { host, port, reusePort }: ServerOptions,
  tell: TellPrimary,
  reports: WorkerReports,
): void {
  server.on('error', (error) => {
    if (server.listening) return reports.logError(error)
    const isUnsupported = reusePort && 'code' in error && error.code === 'ENOTSUP'
    const hint = isUnsupported ? 'this system has no such option: leave REUSE_PORT off' : OTHER_ADDRESS
    tell({ type: 'failed', message: messageOf(error), hint })
  })
  server.listen({ host, port, reusePort }, () => tell({ type: 'listening' }))
}
