import type { Milliseconds } from '../core/clock.ts'
import type { GeneratorPlan } from '../core/generator-messages.ts'
import type { ModuleFunctions } from './module-functions.ts'
import type { Connections } from './connections.ts'
import type { Recorder } from './recorder.ts'

/** What an engine is given for one phase. */
export interface EngineContext {
  readonly plan: GeneratorPlan
  /** What a scenario module makes of the plan's requests; undefined without one. */
  readonly functions: ModuleFunctions | undefined
  readonly recorder: Recorder
  /** Kept from phase to phase. */
  readonly connections: Connections
  /** Requests that this generator may send at most; Infinity where nothing but time ends the phase. */
  readonly maxRequests: number
  /** For what makes the whole phase impossible; what goes wrong with one request is recorded. */
  readonly onFailure: (error: Error) => void
}

/** Sends the plan's share of the load and records what becomes of it; when it begins and ends is decided by its owner. */
export interface LoadEngine {
  readonly connectionsOpened: number
  /** @param startMs the moment, of `performance.now()`, that intended starts are counted from */
  readonly start: (startMs: Milliseconds) => void
  /** From now on only answers. */
  readonly endSending: () => void
  /** Gives up what is not answered and records nothing more; resolves when nothing is left running. */
  readonly close: () => Promise<void>
}

/** How often requests are looked through for those that have timed out: late by 5 % at most, and never busy with it. */
export function timeoutSweepMs(timeoutMs: Milliseconds): Milliseconds {
  return Math.min(100, Math.max(5, timeoutMs / 20))
}
