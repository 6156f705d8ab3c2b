import type { Milliseconds } from '../core/clock.ts'
import type { GeneratorPlan } from '../core/generator-messages.ts'
import type { Recorder } from './recorder.ts'

/** What an engine is given for one phase. */
export interface EngineContext {
  readonly plan: GeneratorPlan
  readonly recorder: Recorder
  /** For what makes the whole phase impossible; what goes wrong with one request is recorded. */
  readonly onFailure: (error: Error) => void
}

/** Sends requests and records what becomes of them; when it begins and ends is decided by its owner. */
export interface LoadEngine {
  readonly connectionsOpened: number
  /** @param startMs the moment, of `performance.now()`, that intended starts are counted from */
  readonly start: (startMs: Milliseconds) => void
  /** From now on only answers. */
  readonly endSending: () => void
  /** Closes every connection and records nothing more; resolves when nothing is left running. */
  readonly close: () => Promise<void>
}

/** How often requests are looked through for those that have timed out: late by 5 % at most, and never busy with it. */
export function timeoutSweepMs(timeoutMs: Milliseconds): Milliseconds {
  return Math.min(100, Math.max(5, timeoutMs / 20))
}
