import type { Clock, Milliseconds } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import { fullJitterMs } from '../../resilience/backoff.ts'
import type { BackoffOptions } from '../../resilience/backoff.ts'
import type { ClaimedTask, TaskEnding, TaskStore } from '../database/task-store.ts'
import { performJob } from './job-work.ts'

/** How jobs are worked on. */
export interface JobRunnerOptions {
  /** Jobs at the same time; at least 1. */
  readonly concurrency: number
  /** Time between two looks for jobs that others have added, give or take a tenth. */
  readonly pollMs: Milliseconds
  /** A job that takes longer may be repeated by somebody else. */
  readonly leaseMs: Milliseconds
  /** Tries of one job, those included that ended with their worker; at least 1. */
  readonly maxAttempts: number
  /** Between two tries. */
  readonly backoff: BackoffOptions
  /** Finished tasks that stay in the database. */
  readonly keptTasks: number
}

/** What a runner works with. */
export interface JobRunnerParts {
  readonly clock: Clock
  readonly random: Random
  /** Told the version of the store at each look, and after each change. */
  readonly onVersion: (version: number) => void
  /** Told once when the store cannot be used, and not again before it could. */
  readonly onError: (error: unknown) => void
}

/** Old finished jobs are deleted after one job in so many: by lot, because no worker may live long enough to count them. */
const PRUNE_EVERY = 1_000
const POLL_JITTER = 0.1

/**
 * Takes jobs from the store and does them, each at least once: a job whose runner has died is taken over when its lease is
 * over. After `maxAttempts` failed tries it is left as dead.
 */
export class JobRunner {
  readonly #store: Pick<TaskStore, 'glance' | 'claim' | 'settle' | 'prune'>
  readonly #options: JobRunnerOptions
  readonly #parts: JobRunnerParts
  readonly #running = new Set<Promise<void>>()
  #loop: Promise<void> | undefined
  #endRest: (() => void) | undefined
  #isAwoken = false
  #isStopped = false
  #isFailing = false

  constructor(
    store: Pick<TaskStore, 'glance' | 'claim' | 'settle' | 'prune'>,
    options: JobRunnerOptions,
    parts: JobRunnerParts,
  ) {
    this.#store = store
    this.#options = options
    this.#parts = parts
  }

  /** Begins to look for jobs; again does nothing. */
  start(): void {
    if (!this.#isStopped) this.#loop ??= this.#work()
  }

  /** Looks for jobs now and not at the next poll. */
  wake(): void {
    this.start()
    this.#isAwoken = true
    this.#endRest?.()
  }

  /** Takes no more jobs; resolves when those taken have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#endRest?.()
    await this.#loop
    await Promise.all(this.#running)
  }

  async #work(): Promise<void> {
    while (!this.#isStopped) {
      this.#isAwoken = false
      await this.#takeJobs()
      if (!this.#isAwoken && !this.#isStopped) await this.#rest()
    }
  }

  async #takeJobs(): Promise<void> {
    const { concurrency, leaseMs } = this.#options
    const free = concurrency - this.#running.size
    try {
      const { version, isWorkDue } = await this.#store.glance()
      this.#parts.onVersion(version)
      const claimed = isWorkDue && free > 0 && !this.#isStopped ? await this.#store.claim(free, leaseMs) : []
      this.#isFailing = false
      for (const job of claimed) this.#begin(job)
    } catch (error) {
      this.#report(error)
    }
  }

  #begin(job: ClaimedTask): void {
    const run = this.#run(job).finally(() => {
      this.#running.delete(run)
      // There may be more than could be taken.
      if (!this.#isStopped) this.wake()
    })
    this.#running.add(run)
  }

  async #run(job: ClaimedTask): Promise<void> {
    const ending = await this.#endingOf(job)
    try {
      this.#parts.onVersion(await this.#store.settle(job, ending))
      const isDrawn = this.#parts.random() < 1 / PRUNE_EVERY
      if (ending.status !== 'queued' && isDrawn) await this.#store.prune(this.#options.keptTasks)
    } catch (error) {
      // Its lease runs out, and then it is repeated.
      this.#report(error)
    }
  }

  async #endingOf(job: ClaimedTask): Promise<TaskEnding> {
    const { maxAttempts, backoff } = this.#options
    const { clock, random } = this.#parts
    if (job.attempts > maxAttempts) {
      return { status: 'dead', error: `${maxAttempts} tries have not come to an end: too slow, or fatal for a worker` }
    }
    try {
      return { status: 'done', result: await performJob(job.payload, clock) }
    } catch (thrown) {
      const error = messageOf(thrown)
      if (job.attempts === maxAttempts) return { status: 'dead', error }
      return { status: 'queued', error, delayMs: fullJitterMs(job.attempts - 1, backoff, random) }
    }
  }

  #rest(): Promise<void> {
    const { clock, random } = this.#parts
    const restMs = this.#options.pollMs * (1 + POLL_JITTER * (2 * random() - 1))
    return new Promise((resolve) => {
      const cancel = clock.schedule(restMs, resolve)
      this.#endRest = () => {
        cancel()
        resolve()
      }
    })
  }

  #report(error: unknown): void {
    if (!this.#isFailing && !this.#isStopped) this.#parts.onError(error)
    this.#isFailing = true
  }
}
