import type { Cancel, Clock, Milliseconds } from '../../src/core/clock.ts'

interface ScheduledTask {
  readonly dueMs: Milliseconds
  readonly run: () => void
}

/** A clock that moves only when a test says so. Starts at 1 000. */
export class FakeClock implements Clock {
  #nowMs: Milliseconds = 1_000
  /** In order of scheduling, which is the order among tasks that are due at the same time. */
  readonly #tasks = new Set<ScheduledTask>()

  readonly now = (): Milliseconds => this.#nowMs

  readonly schedule = (delayMs: Milliseconds, run: () => void): Cancel => {
    const task = { dueMs: this.#nowMs + delayMs, run }
    this.#tasks.add(task)
    return () => void this.#tasks.delete(task)
  }

  /** Tasks that are scheduled and have neither run nor been cancelled. */
  get pendingTasks(): number {
    return this.#tasks.size
  }

  /** Moves time by `ms` and runs what falls due on the way, each at its own time, also what is scheduled meanwhile. */
  advance(ms: Milliseconds): void {
    const endMs = this.#nowMs + ms
    for (;;) {
      let next: ScheduledTask | undefined
      for (const task of this.#tasks)
        if (task.dueMs <= endMs && (next === undefined || task.dueMs < next.dueMs)) next = task
      if (next === undefined) break
      this.#tasks.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.run()
    }
    this.#nowMs = endMs
  }
}
