import { forkPinned, stopProcess } from '../../../src/host/pinned-process.ts'
import { STEADY_HEAP_FLAGS } from '../../../src/host/process-entry.ts'
import { childMessage } from '../../../src/server/child-message.ts'

const SAMPLE_MS = 1_000
/** It may be at its limit when it is asked. */
const ANSWER_TIMEOUT_MS = 10_000

/** A server that is as fast as a server on Node can be, in a process of its own. */
export interface PlainTarget {
  readonly url: string
  /**
   * How busy it was while `work` ran, which must take longer than a second.
   *
   * @returns `busiestCpus` is the CPU time per time of the busiest second
   */
  readonly during: <T>(work: () => Promise<T>) => Promise<{ readonly result: T; readonly busiestCpus: number }>
  readonly close: () => Promise<void>
}

/** Starts it on the CPUs given. */
export async function startPlainTarget(cpus: readonly number[]): Promise<PlainTarget> {
  const entry = new URL('../../support/plain-server.ts', import.meta.url)
  const { child, output } = forkPinned(entry, { cpus, execArgv: STEADY_HEAP_FLAGS })
  const told = <Told>(): Promise<Told> =>
    childMessage(child, {
      name: 'the plain server',
      timeoutMs: ANSWER_TIMEOUT_MS,
      output,
      match: (message) => message as Told, // its origin first, then one for each question
    })
  const { origin } = await told<{ readonly origin: string }>()
  function use(): Promise<{ readonly cpuMs: number; readonly atMs: number }> {
    const answer = told<{ readonly cpuMs: number; readonly atMs: number }>()
    child.send('use')
    return answer
  }
  return {
    url: `${origin}/`,
    async during(work) {
      const shares: number[] = []
      let before = await use()
      const sample = async (): Promise<void> => {
        const after = await use()
        shares.push((after.cpuMs - before.cpuMs) / (after.atMs - before.atMs))
        before = after
      }
      let sampling: Promise<void> = Promise.resolve()
      const timer = setInterval(() => {
        sampling = sampling.then(sample)
      }, SAMPLE_MS)
      try {
        return { result: await work(), busiestCpus: Math.max(...shares) }
      } finally {
        clearInterval(timer)
        await sampling
      }
    },
    close: () => stopProcess(child, { graceMs: 1_000 }),
  }
}
