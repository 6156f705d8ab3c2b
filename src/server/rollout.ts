import type { Milliseconds } from '../core/clock.ts'
import type { ServerOptions } from './options.ts'

/** Shorter than whoever asked for it waits, so that what is told to have failed does not come true later. */
export const ROLLOUT_TIMEOUT_MS: Milliseconds = 50_000

/** Options that are being taken over by one worker after the other. */
export class Rollout {
  /** What is returned to when no worker can serve with the new ones. */
  readonly previous: ServerOptions
  readonly #waiters: PromiseWithResolvers<void>[] = []
  readonly #endMs: Milliseconds

  /** @param nowMs monotonic, here and below */
  constructor(previous: ServerOptions, nowMs: Milliseconds, timeoutMs: Milliseconds) {
    this.previous = previous
    this.#endMs = nowMs + timeoutMs
  }

  /** It has taken so long that it will hardly come to an end. */
  isOverdue(nowMs: Milliseconds): boolean {
    return nowMs > this.#endMs
  }

  /** Resolves when all workers serve with the newest options. */
  wait(): Promise<void> {
    const waiter = Promise.withResolvers<void>()
    this.#waiters.push(waiter)
    return waiter.promise
  }

  succeed(): void {
    for (const { resolve } of this.#waiters) resolve()
  }

  fail(error: Error): void {
    for (const { reject } of this.#waiters) reject(error)
  }
}
