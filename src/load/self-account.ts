import { monitorEventLoopDelay } from 'node:perf_hooks'

import type { Milliseconds } from '../core/clock.ts'
import type { GeneratorResult } from '../core/generator-messages.ts'
import { accountProcess } from '../host/process-account.ts'

const NANOSECONDS_PER_MS = 1e6
/** Looks per interval: often enough for a p99 of a few seconds, rarely enough to cost nothing. */
const RESOLUTION_MS = 10

/** What a generator says about itself: the part of the result that does not come from requests. */
export type SelfFigures = Pick<GeneratorResult, 'cpuMs' | 'runQueueDelayMs' | 'loopDelayP99Ms'>

/** Measures this process during one phase: CPU over all of it, what delayed it while it sent. */
export class SelfAccount {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  #cpuBefore: NodeJS.CpuUsage | undefined
  #runQueueDelayBeforeMs: Milliseconds | null = null
  #whileSending: Omit<SelfFigures, 'cpuMs'> = { runQueueDelayMs: null, loopDelayP99Ms: 0 }

  start(): void {
    this.#cpuBefore = process.cpuUsage()
    this.#runQueueDelayBeforeMs = runQueueDelayMs()
    this.#delay.enable()
  }

  /** Fixes the figures that are about sending. */
  endSending(): void {
    this.#delay.disable()
    const delayMs = this.#delay.count === 0 ? 0 : this.#delay.percentile(99) / NANOSECONDS_PER_MS
    const before = this.#runQueueDelayBeforeMs
    const now = runQueueDelayMs()
    this.#whileSending = {
      runQueueDelayMs: now === null || before === null ? null : now - before,
      // The histogram holds the distance between two looks, so what exceeds their interval is the delay.
      loopDelayP99Ms: Math.max(0, delayMs - RESOLUTION_MS),
    }
  }

  figures(): SelfFigures {
    const { user, system } = process.cpuUsage(this.#cpuBefore)
    return { cpuMs: (user + system) / 1_000, ...this.#whileSending }
  }
}

function runQueueDelayMs(): Milliseconds | null {
  return accountProcess(process.pid)?.mainRunQueueDelayMs ?? null
}
