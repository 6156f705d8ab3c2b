import { existsSync } from 'node:fs'

import type { Clock, Milliseconds } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import type { DeadlineSweep } from '../resilience/deadline.ts'
import { Database } from './database/database.ts'
import { parseDatabaseUrl } from './database/database-url.ts'
import { TaskStore } from './database/task-store.ts'
import { JobRunner } from './jobs/job-runner.ts'
import type { DatabaseFigures } from './messages.ts'
import type { DatabaseOptions } from './options/database.ts'
import type { Route } from './router.ts'
import { taskRoutes } from './routes/tasks.ts'

/** What the tasks get from their process. */
export interface TaskParts {
  readonly clock: Clock
  readonly random: Random
  readonly sweep: DeadlineSweep
  readonly requestTimeoutMs: Milliseconds
  /** Gets what has gone wrong where no request waits for it. */
  readonly onError: (error: unknown) => void
}

/** The tasks of one process: the routes, the store behind them, and the work on what was accepted. */
export interface Tasks {
  readonly routes: readonly Route[]
  /** Takes up what was accepted earlier; without that nothing runs before the first request. */
  readonly start: () => void
  readonly stats: () => DatabaseFigures
  /** Takes no more jobs; resolves when those under way have ended. */
  readonly stopWork: () => Promise<void>
  /** Closes all connections; a job still under way is repeated by somebody else when its lease is over. */
  readonly close: () => Promise<void>
}

/** A few at a time: jobs share the process with the requests. */
const JOB_CONCURRENCY = 4
const POLL_MS: Milliseconds = 1_000
const JOB_BACKOFF = { baseMs: 250, capMs: 60_000 } as const
/** Finished tasks that stay: what lists show, and as far back as an id that comes again is noticed. */
const KEPT_TASKS = 10_000
/** Lists of an older version are not served: other workers may have added tasks since. */
const MAX_VERSION_AGE_MS: Milliseconds = 10 * POLL_MS

/** @param options with the URL of a database */
export function createTasks(options: DatabaseOptions, parts: TaskParts): Tasks {
  const { clock, random, requestTimeoutMs: queryTimeoutMs, sweep, onError } = parts
  const database = new Database(options, { clock, random, sweep, queryTimeoutMs })
  const store = new TaskStore(database)
  let version = 0
  let versionAtMs = Number.NEGATIVE_INFINITY

  /** An answer that was under way may be older than what is known. */
  const onVersion = (seen: number): void => {
    version = Math.max(version, seen)
    versionAtMs = clock.now()
  }
  const runner = new JobRunner(
    store,
    {
      concurrency: JOB_CONCURRENCY,
      pollMs: POLL_MS,
      leaseMs: options.jobLeaseMs,
      maxAttempts: options.jobMaxAttempts,
      backoff: JOB_BACKOFF,
      keptTasks: KEPT_TASKS,
    },
    { clock, random, onVersion, onError },
  )
  const routes = taskRoutes(store, {
    // With the address, because servers with other tasks may share what they cache.
    cacheNamespace: () =>
      clock.now() - versionAtMs > MAX_VERSION_AGE_MS ? undefined : `global:tasks:${version}:${options.url}`,
    onUsed: () => runner.start(),
    onAdded: (added) => {
      onVersion(added)
      runner.wake()
    },
  })
  return {
    routes,
    start: () => {
      if (mayHoldTasks(options.url)) runner.start()
    },
    stats: () => database.stats(),
    stopWork: () => runner.stop(),
    close: () => database.close(),
  }
}

/** A SQLite file that does not exist yet holds none, and need not be made before somebody asks. */
function mayHoldTasks(url: string): boolean {
  const address = parseDatabaseUrl(url)
  return address.kind === 'postgres' || existsSync(address.file)
}
