import type { Milliseconds } from '../../../src/core/clock.ts'
import { forkPinned, stopProcess } from '../../../src/host/pinned-process.ts'
import { STEADY_HEAP_FLAGS } from '../../../src/host/process-entry.ts'
import { childMessage } from '../../../src/server/child-message.ts'
import type { MeasuredMessage } from './announce.ts'

const ANSWER_TIMEOUT_MS: Milliseconds = 20_000

/** A server in a process of its own, whose CPU time is watched. */
export interface MeasuredServer {
  readonly port: number
  /** CPU time of all its threads so far, in microseconds. */
  readonly cpuUs: () => Promise<number>
  readonly close: () => Promise<void>
}

/**
 * Starts a process entry on one CPU.
 *
 * @param entry it calls `announce`
 * @param argument what it gets, as JSON
 */
export async function startMeasured(entry: URL, argument: unknown, cpu: number): Promise<MeasuredServer> {
  const { child, output } = forkPinned(entry, {
    cpus: [cpu],
    args: [JSON.stringify(argument)],
    execArgv: STEADY_HEAP_FLAGS,
  })
  const told = <Type extends MeasuredMessage['type']>(
    type: Type,
  ): Promise<Extract<MeasuredMessage, { readonly type: Type }>> =>
    childMessage(child, {
      name: entry.pathname,
      timeoutMs: ANSWER_TIMEOUT_MS,
      output,
      // A worker tells its parent other things too, each with its type.
      match: (message) => {
        const said = message as MeasuredMessage
        return said.type === type ? (said as Extract<MeasuredMessage, { readonly type: Type }>) : undefined
      },
    })
  const close = (): Promise<void> => stopProcess(child, { graceMs: 2_000 })
  try {
    const { port } = await told('port')
    const cpuUs = async (): Promise<number> => {
      const answer = told('cpu')
      child.send('cpu')
      return (await answer).microseconds
    }
    return { port, cpuUs, close }
  } catch (error) {
    await close()
    throw error
  }
}
