import { fileURLToPath } from 'node:url'

import type { Piscina } from 'piscina'

import type { Milliseconds } from '../core/clock.ts'
import type { DeadlineSweep } from '../resilience/deadline.ts'
import { RequestQueue } from '../resilience/request-queue.ts'
import type { QueueRefusal } from '../resilience/request-queue.ts'
import type { CpuThreadFigures } from './messages.ts'

/** What threads do: an exported function of a module, from a task to its result. Both are cloned on their way. */
export interface ThreadWork {
  readonly module: URL
  readonly name: string
}

/** How many tasks run and wait, and how long. */
export interface CpuThreadLimits {
  /** Tasks that run at the same time; at least 1. */
  readonly threads: number
  /** Tasks that may wait for a thread; 0 or more. */
  readonly queueSize: number
  /** The longest wait for a thread; at least 1. */
  readonly waitTimeoutMs: Milliseconds
  /** The longest run of a task; noticed up to one sweep later. */
  readonly taskTimeoutMs: Milliseconds
}

/** How a task ended; `timed-out`: it ran too long, and its thread was ended with it. */
export type CpuOutcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'refused'; readonly reason: QueueRefusal }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'cancelled' }

/** A task that was handed over. */
export interface CpuTask<Result> {
  /** Rejects with what the task has thrown, or when its thread has crashed, which concerns no other task. */
  readonly outcome: Promise<CpuOutcome<Result>>
  /** Nobody waits for the outcome any more. A task that waits never runs; one that runs goes on, and keeps its thread until then. */
  readonly cancel: () => void
}

const CANCELLED = { kind: 'cancelled' } as const
const TIMED_OUT = { kind: 'timed-out' } as const

/**
 * Threads for work that would block the event loop. They are started when there is something to do, and then kept.
 *
 * Tasks wait here and not inside piscina, which cannot drop a waiting task without a signal for each, nor leave a running one
 * alone: aborting ends its thread, and whatever that thread has built up must then be built anew.
 */
export class CpuThreads<Task, Result> {
  readonly #work: ThreadWork
  readonly #limits: CpuThreadLimits
  readonly #sweep: DeadlineSweep
  readonly #onError: (error: unknown) => void
  readonly #queue: RequestQueue
  #pool: Promise<Piscina<Task, Result>> | undefined
  #timedOut = 0
  #isClosed = false

  /**
   * @param onError gets what goes wrong in a thread that has no task
   * @throws {RangeError} naming every limit out of range
   */
  constructor(work: ThreadWork, limits: CpuThreadLimits, sweep: DeadlineSweep, onError: (error: unknown) => void) {
    const { threads, queueSize, waitTimeoutMs } = limits
    this.#work = work
    this.#limits = limits
    this.#sweep = sweep
    this.#onError = onError
    this.#queue = new RequestQueue({ concurrency: threads, capacity: queueSize, waitTimeoutMs }, sweep)
  }

  /** Has a thread do `task`, once one is free. */
  run(task: Task): CpuTask<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<CpuOutcome<Result>>()
    const ticket = this.#queue.admit(
      (place) => {
        this.#perform(task)
          .finally(() => place.release())
          .then(resolve, reject)
      },
      (reason) => resolve({ kind: 'refused', reason }),
    )
    const cancel = (): void => {
      ticket.cancel()
      resolve(CANCELLED)
    }
    return { outcome: promise, cancel }
  }

  figures(): CpuThreadFigures {
    const { running, waiting, refused } = this.#queue.stats()
    const { threads } = this.#limits
    return {
      threads,
      running,
      waiting,
      refused: refused.queue_full + refused.queue_timeout,
      timedOut: this.#timedOut,
    }
  }

  /** Ends the threads at once; tasks that run or come later are cancelled. */
  async close(): Promise<void> {
    this.#isClosed = true
    const pool = await this.#pool
    await pool?.destroy()
  }

  async #perform(task: Task): Promise<CpuOutcome<Result>> {
    if (this.#isClosed) return CANCELLED
    const pool = await (this.#pool ??= this.#start())
    const ending = new AbortController()
    const due = this.#sweep.add(this.#limits.taskTimeoutMs, () => ending.abort())
    try {
      return { kind: 'done', result: await pool.run(task, { signal: ending.signal }) }
    } catch (error) {
      if (this.#isClosed) return CANCELLED
      if (!ending.signal.aborted) throw error
      this.#timedOut++
      return TIMED_OUT
    } finally {
      due.cancel()
    }
  }

  async #start(): Promise<Piscina<Task, Result>> {
    const { Piscina: Pool } = await import('piscina')
    const pool = new Pool<Task, Result>({
      filename: fileURLToPath(this.#work.module),
      name: this.#work.name,
      // With threads of the first hour piscina would count the time that they take to start as time of their first tasks.
      minThreads: 0,
      maxThreads: this.#limits.threads,
      // Only for threads that are starting: never more tasks are handed over than there are threads.
      maxQueue: this.#limits.threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
    })
    pool.on('error', this.#onError)
    return pool
  }
}

/**
 * What to tell a user whose threads must wait for each other; undefined when there is nothing to tell.
 *
 * @param effectiveCpus CPUs that the server can use, fractional under a quota
 */
export function cpuThreadWarning(workers: number, threads: number, effectiveCpus: number): string | undefined {
  const total = workers * threads
  if (total <= effectiveCpus) return undefined
  const fitting = Math.floor(effectiveCpus / workers)
  const advice = fitting === 0 ? 'fewer workers, or CPU_THREADS=0' : `CPU_THREADS=${fitting}`
  return `${workers} × ${threads} CPU threads (WEB_CONCURRENCY × CPU_THREADS) share ${effectiveCpus} CPUs and will wait for each other; try ${advice}`
}
