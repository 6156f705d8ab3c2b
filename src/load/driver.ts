import type { Milliseconds } from '../core/clock.ts'
import type { GeneratorPlan, GeneratorResult, GeneratorSnapshot } from '../core/generator-messages.ts'
import { AutocannonEngine } from './autocannon-engine.ts'
import type { EngineContext, LoadEngine } from './load-engine.ts'
import { OpenLoopEngine } from './open-loop-engine.ts'
import { Recorder } from './recorder.ts'
import { SelfAccount } from './self-account.ts'

/** How often a running phase is told; the first time early, so that a user soon sees that something happens. */
const SNAPSHOT_INTERVAL_MS: Milliseconds = 500
const FIRST_SNAPSHOT_MS: Milliseconds = 200

/** What a driver tells while it runs. */
interface DriverHooks {
  readonly onSnapshot: (snapshot: GeneratorSnapshot) => void
}

/** Applies the load of one phase after the other. */
export interface LoadDriver {
  /**
   * Sends for `plan.durationMs`, waits up to `plan.drainMs` for the answers that are due, and resolves with the result.
   * Rejects when a phase is running already, or the plan cannot be sent at all.
   */
  readonly run: (plan: GeneratorPlan, hooks: DriverHooks) => Promise<GeneratorResult>
  /** Ends sending now; answers are waited for `drainMs`. Without a running phase it does nothing. */
  readonly stop: (drainMs: Milliseconds) => void
}

/** A driver that sends from this process: closed loops through autocannon, open ones through undici. */
export function createLoadDriver(): LoadDriver {
  let running: Phase | undefined
  return {
    async run(plan, hooks) {
      if (running !== undefined) throw new Error('a phase is running already')
      running = new Phase(plan)
      try {
        return await running.run(hooks)
      } finally {
        running = undefined
      }
    },
    stop: (drainMs) => running?.endSending(drainMs),
  }
}

function engineFor(context: EngineContext): LoadEngine {
  const { workload } = context.plan
  switch (workload.kind) {
    case 'closed':
      return new AutocannonEngine(context, workload)
    case 'open':
      return new OpenLoopEngine(context, workload)
    case 'users':
      throw new Error('users are not simulated yet')
  }
}

/** The window of one phase: start, end of sending, drain. It belongs to us, not to the engine, so that both kinds of load keep the same one. */
class Phase {
  readonly #plan: GeneratorPlan
  readonly #recorder: Recorder
  readonly #engine: LoadEngine
  readonly #account = new SelfAccount()
  readonly #failed = Promise.withResolvers<never>()
  readonly #drained = Promise.withResolvers<void>()
  #startMs: Milliseconds = 0
  #sendingMs: Milliseconds | undefined
  #sendingTimer: NodeJS.Timeout | undefined
  #drainTimer: NodeJS.Timeout | undefined

  constructor(plan: GeneratorPlan) {
    this.#plan = plan
    this.#recorder = new Recorder(
      plan.requests.map((request) => request.name),
      () => this.#onIdle(),
    )
    this.#engine = engineFor({ plan, recorder: this.#recorder, onFailure: (error) => this.#failed.reject(error) })
  }

  async run(hooks: DriverHooks): Promise<GeneratorResult> {
    const { durationMs, drainMs } = this.#plan
    this.#account.start()
    this.#startMs = performance.now()
    this.#sendingTimer = setTimeout(() => this.endSending(drainMs), durationMs)
    const tell = (): void => hooks.onSnapshot(this.#recorder.snapshot(performance.now() - this.#startMs))
    const firstSnapshot = setTimeout(tell, FIRST_SNAPSHOT_MS)
    const snapshots = setInterval(tell, SNAPSHOT_INTERVAL_MS)
    try {
      this.#engine.start(this.#startMs)
      await Promise.race([this.#drained.promise, this.#failed.promise])
      const totalMs = performance.now() - this.#startMs
      return {
        sendingMs: this.#sendingMs ?? totalMs,
        totalMs,
        ...this.#recorder.result(),
        ...this.#account.figures(),
        connectionsOpened: this.#engine.connectionsOpened,
      }
    } finally {
      clearTimeout(firstSnapshot)
      clearInterval(snapshots)
      clearTimeout(this.#sendingTimer)
      clearTimeout(this.#drainTimer)
      await this.#engine.close()
    }
  }

  endSending(drainMs: Milliseconds): void {
    clearTimeout(this.#sendingTimer)
    clearTimeout(this.#drainTimer)
    if (this.#sendingMs === undefined) {
      this.#engine.endSending()
      this.#sendingMs = performance.now() - this.#startMs
      this.#recorder.endSending()
      this.#account.endSending()
    }
    this.#drainTimer = setTimeout(() => this.#drained.resolve(), drainMs)
    this.#onIdle()
  }

  #onIdle(): void {
    if (this.#sendingMs !== undefined && this.#recorder.inFlight === 0) this.#drained.resolve()
  }
}
