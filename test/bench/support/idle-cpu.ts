import { once } from 'node:events'

import { forkPinned, stopProcess } from '../../../src/host/pinned-process.ts'

/** Watches what a CPU takes away from a process that is alone on it. */
export interface IdleCpu {
  /**
   * Spins for half a second.
   *
   * @returns by quantile: how late something that falls due at a random moment would be, ms
   */
  readonly pausesMs: (quantiles: readonly number[]) => Promise<readonly number[]>
  readonly close: () => Promise<void>
}

/** Starts the watch of one CPU; it takes no time while nothing is asked. */
export async function watchIdleCpu(cpu: number): Promise<IdleCpu> {
  const { child } = forkPinned(new URL('./idle-cpu-watch.ts', import.meta.url), { cpus: [cpu] })
  await once(child, 'message')
  return {
    async pausesMs(quantiles) {
      const answer = once(child, 'message')
      child.send(quantiles)
      return (await answer)[0] as readonly number[] // that is all it says
    },
    close: () => stopProcess(child, { graceMs: 1_000 }),
  }
}
