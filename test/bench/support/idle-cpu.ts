import type { Milliseconds } from '../../../src/core/clock.ts'
import type { Pauses } from '../../../src/host/hiccups.ts'
import { forkPinned, stopProcess } from '../../../src/host/pinned-process.ts'
import { childMessage } from '../../../src/server/child-message.ts'

/** Beyond the watch itself. */
const ANSWER_TIMEOUT_MS: Milliseconds = 10_000

/** Watches what a CPU takes away from a process that is alone on it. */
export interface IdleCpu {
  /** The pauses of so long a time, in which it spins. */
  readonly pauses: (durationMs: Milliseconds) => Promise<Pauses>
  readonly close: () => Promise<void>
}

/** Starts the watch of one CPU; it takes no time while nothing is asked. */
export async function watchIdleCpu(cpu: number): Promise<IdleCpu> {
  const { child, output } = forkPinned(new URL('./idle-cpu-watch.ts', import.meta.url), { cpus: [cpu] })
  const told = <Told>(withinMs: Milliseconds): Promise<Told> =>
    childMessage(child, {
      name: 'the watch of an idle CPU',
      timeoutMs: withinMs,
      output,
      match: (message) => message as Told, // one for each question, and one when it is ready
    })
  await told(ANSWER_TIMEOUT_MS)
  return {
    pauses(durationMs) {
      const answer = told<Pauses>(durationMs + ANSWER_TIMEOUT_MS)
      child.send(durationMs)
      return answer
    },
    close: () => stopProcess(child, { graceMs: 1_000 }),
  }
}
