import { forkPinned, stopProcess } from '../../../src/host/pinned-process.ts'
import { childMessage } from '../../../src/server/child-message.ts'

/** A watch takes half a second. */
const ANSWER_TIMEOUT_MS = 10_000

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
  const { child, output } = forkPinned(new URL('./idle-cpu-watch.ts', import.meta.url), { cpus: [cpu] })
  const told = <Told>(): Promise<Told> =>
    childMessage(child, {
      name: 'the watch of an idle CPU',
      timeoutMs: ANSWER_TIMEOUT_MS,
      output,
      match: (message) => message as Told, // one for each question, and one when it is ready
    })
  await told()
  return {
    pausesMs(quantiles) {
      const answer = told<readonly number[]>()
      child.send(quantiles)
      return answer
    },
    close: () => stopProcess(child, { graceMs: 1_000 }),
  }
}
