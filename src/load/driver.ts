import { setTimeout as delay } from 'node:timers/promises'

import type { Milliseconds } from '../core/clock.ts'
import type { GeneratorBeat, GeneratorPlan, GeneratorResult, GeneratorSnapshot } from '../core/generator-messages.ts'
import { Alarm } from './alarm.ts'
import { AutocannonEngine } from './autocannon-engine.ts'
import { Connections } from './connections.ts'
import type { EngineContext, LoadEngine } from './load-engine.ts'
import type { ModuleFunctions } from './module-functions.ts'
import { OpenLoopEngine } from './open-loop-engine.ts'
import { Recorder } from './recorder.ts'
import { SelfAccount } from './self-account.ts'
import { partOf } from './share.ts'
import { spinUntil } from './spin.ts'
import { UsersEngine } from './users-engine.ts'

/** How often a running phase is told; the first time early, so that a user soon sees that something happens. */
const SNAPSHOT_INTERVAL_MS: Milliseconds = 500
const FIRST_SNAPSHOT_MS: Milliseconds = 200
const BEAT_INTERVAL_MS: Milliseconds = 100
/** Arrivals come at round times, and so do answers that take a round time: telling is work that would hold up just these. */
const BETWEEN_ARRIVALS_MS: Milliseconds = 3
const TIMER_ERROR_MS: Milliseconds = 2

/** What a driver tells while it runs. */
export interface DriverHooks {
  readonly onSnapshot: (snapshot: GeneratorSnapshot) => void
  /** Left out where nobody needs it: telling costs the sender time. */
  readonly onBeat?: ((beat: GeneratorBeat) => void) | undefined
}

/** How a phase begins; at once and without functions when nothing is said. */
export interface PhaseBeginning {
  /** A moment of `performance.now()`; intended starts count from it also when it is over. */
  readonly startMs?: Milliseconds
  readonly functions?: ModuleFunctions | undefined
}

/** Applies the load of one phase after the other. */
export interface LoadDriver {
  /**
   * Makes ready what `run` needs for this very plan, so that it begins in time however much that is; between two phases.
   * Rejects when the plan cannot be sent at all.
   */
  readonly prepare: (plan: GeneratorPlan, functions: ModuleFunctions | undefined) => Promise<void>
  /**
   * Sends for `plan.durationMs`, waits up to `plan.drainMs` for the answers that are due, and resolves with the result.
   * Rejects when a phase is running already, or the plan cannot be sent at all.
   */
  readonly run: (plan: GeneratorPlan, hooks: DriverHooks, beginning?: PhaseBeginning) => Promise<GeneratorResult>
  /** Ends sending now; answers are waited for `drainMs`. Without a running phase it does nothing. */
  readonly stop: (drainMs: Milliseconds) => void
  /** Closes the connections that were kept for the next phase; between two phases. */
  readonly close: () => Promise<void>
}

/** A driver that sends from this process: closed loops through autocannon, everything else over connections of its own. */
export function createLoadDriver(): LoadDriver {
  let prepared: Phase | undefined
  let running: Phase | undefined
  let connections: Connections | undefined
  function phaseFor(plan: GeneratorPlan, functions: ModuleFunctions | undefined): Phase {
    const kept = connections?.suit(plan) === true ? connections : new Connections(plan)
    const phase = new Phase(plan, functions, kept)
    if (kept !== connections) connections?.close()
    connections = kept
    return phase
  }
  return {
    async prepare(plan, functions) {
      prepared = phaseFor(plan, functions)
    },
    async run(plan, hooks, { startMs = performance.now(), functions } = {}) {
      if (running !== undefined) throw new Error('a phase is running already')
      running = prepared?.plan === plan ? prepared : phaseFor(plan, functions)
      prepared = undefined
      try {
        return await running.run(hooks, startMs)
      } finally {
        running = undefined
      }
    },
    stop: (drainMs) => running?.endSending(drainMs),
    close: async () => connections?.close(),
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
      return new UsersEngine(context, workload)
  }
}

/** The requests that end a closed phase before its time, as many as go with its connections; Infinity when there is no such number. */
function maxRequestsOf({ workload, share }: GeneratorPlan): number {
  if (workload.kind !== 'closed' || workload.maxRequests === undefined) return Infinity
  const { connections, maxRequests } = workload
  const { first, count } = partOf(connections, share)
  const upTo = (connection: number): number => Math.floor((connection * maxRequests) / connections)
  return upTo(first + count) - upTo(first)
}

/** The window of one phase: start, end of sending, drain. It belongs to us, not to the engine, so that all kinds of load keep the same one. */
class Phase {
  readonly plan: GeneratorPlan
  readonly #maxRequests: number
  readonly #recorder: Recorder
  readonly #engine: LoadEngine
  readonly #account = new SelfAccount()
  readonly #failed = Promise.withResolvers<never>()
  readonly #drained = Promise.withResolvers<void>()
  #startMs: Milliseconds | undefined
  /** Of a stop that came before the start. */
  #earlyStopMs: Milliseconds | undefined
  #sendingMs: Milliseconds | undefined
  /** Never early, or the last arrivals would be missing. */
  readonly #sendingEnd: Alarm
  #drainTimer: NodeJS.Timeout | undefined

  constructor(plan: GeneratorPlan, functions: ModuleFunctions | undefined, connections: Connections) {
    this.plan = plan
    this.#maxRequests = maxRequestsOf(plan)
    this.#sendingEnd = new Alarm(() => this.endSending(plan.drainMs), false)
    this.#recorder = new Recorder(
      plan.requests.map((request) => request.name),
      () => this.#onIdle(),
    )
    this.#engine = engineFor({
      plan,
      functions,
      connections,
      recorder: this.#recorder,
      maxRequests: this.#maxRequests,
      onFailure: (error) => this.#failed.reject(error),
    })
  }

  async run({ onSnapshot, onBeat }: DriverHooks, startMs: Milliseconds): Promise<GeneratorResult> {
    const elapsedMs = (): Milliseconds => performance.now() - startMs
    const timers: NodeJS.Timeout[] = []
    try {
      await untilMoment(startMs)
      this.#account.start()
      this.#startMs = startMs
      this.#sendingEnd.set(startMs + this.plan.durationMs)
      const tell = (): void => onSnapshot(this.#recorder.snapshot(elapsedMs()))
      const beat = (): GeneratorBeat => ({ elapsedMs: elapsedMs(), completed: this.#recorder.completed })
      const tellRegularly = (): void => {
        timers.push(setTimeout(tell, FIRST_SNAPSHOT_MS), setInterval(tell, SNAPSHOT_INTERVAL_MS))
        if (onBeat !== undefined) timers.push(setInterval(() => onBeat(beat()), BEAT_INTERVAL_MS))
      }
      timers.push(setTimeout(tellRegularly, BETWEEN_ARRIVALS_MS))
      this.#engine.start(startMs)
      if (this.#earlyStopMs === undefined) this.#onIdle()
      else this.endSending(this.#earlyStopMs)
      await Promise.race([this.#drained.promise, this.#failed.promise])
      const totalMs = elapsedMs()
      return {
        sendingMs: this.#sendingMs ?? totalMs,
        totalMs,
        ...this.#recorder.result(),
        ...this.#account.figures(),
        connectionsOpened: this.#engine.connectionsOpened,
      }
    } finally {
      for (const timer of timers) clearTimeout(timer)
      this.#sendingEnd.cancel()
      clearTimeout(this.#drainTimer)
      await this.#engine.close()
    }
  }

  endSending(drainMs: Milliseconds): void {
    if (this.#startMs === undefined) {
      this.#earlyStopMs = drainMs
      return
    }
    this.#sendingEnd.cancel()
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
    if (this.#recorder.inFlight > 0) return
    if (this.#sendingMs !== undefined) this.#drained.resolve()
    // Counted to the last answer: of few requests most would otherwise be answered after the end of sending.
    else if (this.#recorder.sent >= this.#maxRequests) this.endSending(0)
  }
}

/** Timers are exact to about a millisecond, so the rest of the way is waited for in a loop. */
async function untilMoment(atMs: Milliseconds): Promise<void> {
  const aheadMs = atMs - performance.now()
  if (aheadMs > TIMER_ERROR_MS) await delay(aheadMs - TIMER_ERROR_MS)
  spinUntil(atMs)
}
