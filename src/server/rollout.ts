import type { ServerOptions } from './options.ts'

/** Options that are being taken over by one worker after the other. */
export class Rollout {
  /** What is returned to when no worker can serve with the new ones. */
  readonly previous: ServerOptions
  readonly #waiters: PromiseWithResolvers<void>[] = []

  constructor(previous: ServerOptions) {
    this.previous = previous
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
