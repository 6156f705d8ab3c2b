import type { Clock, Milliseconds } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import { fullJitterMs } from './backoff.ts'
import { checkPoolOptions, whyExhausted } from './connection-pool-options.ts'
import type { ConnectionPoolOptions } from './connection-pool-options.ts'
import type { DeadlineSweep } from './deadline.ts'
import { PoolClosedError, PoolExhaustedError } from './pooled-connection.ts'
import type { Lease, OpenConnection, PoolableConnection, Pooled } from './pooled-connection.ts'
import { RequestQueue } from './request-queue.ts'
import type { QueueTicket } from './request-queue.ts'
import { WaitCounts } from './wait-counts.ts'
import type { WaitFigures } from './wait-counts.ts'

/** A snapshot; `acquired`, `exhausted`, the waits and the times only ever grow. Waits of those who gave up count too. */
export interface ConnectionPoolStats extends WaitFigures {
  /** Open connections, those included that are just being closed. */
  readonly connected: number
  readonly idle: number
  /** Callers that have a connection or get one just now, and callers that wait. */
  readonly running: number
  readonly pending: number
  /** Connections handed out. */
  readonly acquired: number
  /** Callers turned away because they waited too long, or too many waited. */
  readonly exhausted: number
  /** Time from getting a connection to giving it back, of all that were given back. */
  readonly holdMs: Milliseconds
}

/** Leave to have a connection, and one that was idle, taken at the same moment so that nobody closes it in between. */
interface Place<C> {
  readonly place: QueueTicket
  readonly idle: Pooled<C> | undefined
}

/** Of the lifetime, the part that is drawn, so that connections opened together are not replaced together. */
const RECYCLE_JITTER = 0.1

/**
 * Connections that are expensive to open, for callers that need one at a time: at most `size + maxOverflow`, in order of
 * arrival. A connection counts until it is closed for good, so that the peer never sees more.
 *
 * When opening fails at every try, all who wait are told at once: they would only find the same.
 */
export class ConnectionPool<C extends PoolableConnection> {
  readonly #options: ConnectionPoolOptions
  readonly #openConnection: OpenConnection<C>
  readonly #clock: Clock
  readonly #random: Random
  readonly #deadlines: DeadlineSweep
  /** A caller holds a place from before it has a connection until that is given back or closed. */
  readonly #places: RequestQueue
  readonly #waiting = new Set<(error: Error) => void>()
  readonly #waitCounts = new WaitCounts()
  readonly #whenGone: (() => void)[] = []
  /** The one given back last is the first to be used, so that the others can be seen to be too many. */
  #idle: Pooled<C>[] = []
  /** Those being closed included. */
  #connected = 0
  #closing = 0
  #acquired = 0
  #holdMs = 0
  #isWatched = false
  #isClosed = false

  /** @throws {RangeError} naming every option out of range */
  constructor(
    options: ConnectionPoolOptions,
    open: OpenConnection<C>,
    clock: Clock,
    random: Random,
    deadlines: DeadlineSweep,
  ) {
    const { size, maxOverflow, maxWaiting, waitTimeoutMs } = options
    checkPoolOptions(options)
    this.#options = options
    this.#openConnection = open
    this.#clock = clock
    this.#random = random
    this.#deadlines = deadlines
    this.#places = new RequestQueue({ concurrency: size + maxOverflow, capacity: maxWaiting, waitTimeoutMs }, deadlines)
  }

  /**
   * A connection, which must be released.
   *
   * @param signal gives the wait up; a connection that is just being opened is kept for others
   * @throws {PoolExhaustedError} after `waitTimeoutMs`, or at once when too many wait
   * @throws {PoolClosedError} when the pool is closed, also while waiting
   * @throws the signal's reason, or what the last try to open a connection has thrown
   */
  async acquire(signal?: AbortSignal): Promise<Lease<C>> {
    signal?.throwIfAborted()
    if (this.#isClosed) throw new PoolClosedError('the pool of connections is closed')
    const { place, idle } = await this.#place(signal)
    let pooled: Pooled<C>
    try {
      pooled = (await this.#fitOne(idle)) ?? (await this.#open(signal))
    } catch (error) {
      place.release()
      this.#tellIfGone()
      throw error
    }
    const lease = this.#lease(pooled, place)
    if (!this.#isClosed && signal?.aborted !== true) return lease
    lease.release()
    signal?.throwIfAborted()
    throw new PoolClosedError('the pool of connections is closed')
  }

  stats(): ConnectionPoolStats {
    const { running, waiting, refused } = this.#places.stats()
    return {
      connected: this.#connected,
      idle: this.#idle.length,
      running,
      pending: waiting,
      acquired: this.#acquired,
      ...this.#waitCounts.figures(),
      exhausted: refused.queue_full + refused.queue_timeout,
      holdMs: this.#holdMs,
    }
  }

  /** Turns away who waits, closes what is idle, and resolves when the last connection was given back and closed. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#tellWaiting(new PoolClosedError('the pool of connections is being closed'))
    await Promise.all(this.#idle.splice(0).map((pooled) => this.#end(pooled)))
    if (this.#isGone()) return
    await new Promise<void>((resolve) => this.#whenGone.push(resolve))
  }

  #place(signal: AbortSignal | undefined): Promise<Place<C>> {
    const askedAtMs = this.#clock.now()
    return new Promise((resolve, reject) => {
      const asked = { isWaiting: false, isOver: false }
      const end = (): void => {
        asked.isOver = true
        this.#waiting.delete(giveUp)
        signal?.removeEventListener('abort', onAbort)
        if (asked.isWaiting) this.#waitCounts.add(this.#clock.now() - askedAtMs)
      }
      const giveUp = (error: Error): void => {
        end()
        ticket.cancel()
        reject(error)
      }
      const onAbort = (): void => giveUp(signal?.reason as Error) // an abort's reason is whatever the caller gave
      const ticket = this.#places.admit(
        (place) => {
          end()
          resolve({ place, idle: this.#idle.pop() })
        },
        (reason) => {
          end()
          reject(new PoolExhaustedError(whyExhausted(this.#options, reason)))
        },
      )
      if (asked.isOver) return
      asked.isWaiting = true
      this.#waiting.add(giveUp)
      signal?.addEventListener('abort', onAbort)
    })
  }

  async #fitOne(first: Pooled<C> | undefined): Promise<Pooled<C> | undefined> {
    for (let pooled = first; pooled !== undefined; pooled = this.#idle.pop()) {
      if (await this.#isFit(pooled)) return pooled
      await this.#end(pooled)
    }
    return undefined
  }

  async #isFit({ connection, expiresAtMs, idleSinceMs }: Pooled<C>): Promise<boolean> {
    const nowMs = this.#clock.now()
    if (!connection.isUsable || nowMs >= expiresAtMs) return false
    if (nowMs - idleSinceMs < this.#options.pingAfterIdleMs) return true
    return isDone(connection.ping())
  }

  async #open(signal: AbortSignal | undefined): Promise<Pooled<C>> {
    const { openAttempts, openBackoff, recycleMs } = this.#options
    for (let attempt = 1; ; attempt++) {
      try {
        const connection = await this.#openConnection(this.#dropLost)
        this.#connected++
        const nowMs = this.#clock.now()
        const lifetimeMs = recycleMs * (1 - RECYCLE_JITTER * this.#random())
        return { connection, expiresAtMs: nowMs + lifetimeMs, idleSinceMs: nowMs }
      } catch (error) {
        const isLast = attempt >= openAttempts
        // With connections open, the peer lives, and one of those will do.
        if (isLast && this.#connected === 0) this.#tellWaiting(error)
        if (isLast || this.#isClosed || signal?.aborted === true) throw error
        const pauseMs = fullJitterMs(attempt - 1, openBackoff, this.#random)
        await new Promise<void>((resolve) => this.#clock.schedule(pauseMs, resolve))
      }
    }
  }

  #lease(pooled: Pooled<C>, place: QueueTicket): Lease<C> {
    const acquiredAtMs = this.#clock.now()
    this.#acquired++
    let isReleased = false
    const release = (): void => {
      if (isReleased) return
      isReleased = true
      this.#holdMs += this.#clock.now() - acquiredAtMs
      void this.#giveBack(pooled, place)
    }
    return { connection: pooled.connection, release }
  }

  async #giveBack(pooled: Pooled<C>, place: QueueTicket): Promise<void> {
    const { connection, expiresAtMs } = pooled
    const isClean = !connection.isInTransaction || (connection.isUsable && (await isDone(connection.rollBack())))
    const nowMs = this.#clock.now()
    if (isClean && connection.isUsable && nowMs < expiresAtMs && !this.#isClosed) {
      pooled.idleSinceMs = nowMs
      this.#idle.push(pooled)
      this.#watchSurplus()
    } else {
      await this.#end(pooled)
    }
    place.release()
    this.#tellIfGone()
  }

  #isSurplus(): boolean {
    return this.#connected - this.#closing > this.#options.size
  }

  /** One deadline for all of it, however often it is given back: that of the connection that nobody has used for longest. */
  #watchSurplus(): void {
    const [oldest] = this.#idle
    if (this.#isWatched || oldest === undefined || !this.#isSurplus()) return
    this.#isWatched = true
    const dueMs = oldest.idleSinceMs + this.#options.overflowIdleMs
    this.#deadlines.add(Math.max(0, dueMs - this.#clock.now()), () => {
      this.#isWatched = false
      this.#closeSurplus()
      this.#watchSurplus()
    })
  }

  /** Holds a place for each, as whoever uses one does: a new one must not be opened before an old one is gone. */
  #closeSurplus(): void {
    const sinceMs = this.#clock.now() - this.#options.overflowIdleMs
    for (;;) {
      const [oldest] = this.#idle
      if (oldest === undefined || oldest.idleSinceMs > sinceMs || !this.#isSurplus()) return
      this.#idle.shift()
      const end = async (place?: QueueTicket): Promise<void> => {
        await this.#end(oldest)
        place?.release()
        this.#tellIfGone()
      }
      this.#places.admit(
        (place) => void end(place),
        () => void end(),
      )
    }
  }

  readonly #dropLost = (): void => {
    const lost = this.#idle.filter(({ connection }) => !connection.isUsable)
    this.#idle = this.#idle.filter(({ connection }) => connection.isUsable)
    for (const pooled of lost) void this.#end(pooled).then(() => this.#tellIfGone())
  }

  async #end({ connection }: Pooled<C>): Promise<void> {
    this.#closing++
    await connection.close()
    this.#closing--
    this.#connected--
  }

  #tellWaiting(error: unknown): void {
    for (const giveUp of this.#waiting) giveUp(error as Error) // whatever it is, it is handed on as it came
  }

  #isGone(): boolean {
    return this.#connected === 0 && this.#places.stats().running === 0
  }

  #tellIfGone(): void {
    if (this.#isClosed && this.#isGone()) for (const tell of this.#whenGone.splice(0)) tell()
  }
}

function isDone(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}
