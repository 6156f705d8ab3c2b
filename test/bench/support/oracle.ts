import { once } from 'node:events'

import { forkPinned, stopProcess } from '../../../src/host/pinned-process.ts'
import { STEADY_HEAP_FLAGS } from '../../../src/host/process-entry.ts'
import type { OracleAccount } from '../../support/oracle-server.ts'
import type { OracleLaw } from './oracle-laws.ts'

/** A server of known latency in a process of its own. */
export interface Oracle {
  readonly url: string
  /** What it has seen so far. */
  readonly account: () => Promise<OracleAccount>
  readonly close: () => Promise<void>
}

const ENTRY = new URL('../../support/oracle-server.ts', import.meta.url)
/**
 * For a process of a few lines: on its one CPU nothing of V8's may run beside it, neither threads that collect, nor those of the
 * optimizing compiler, which take some milliseconds at a time. What is left of the compilers is fast enough.
 */
export const CALM_FLAGS = [...STEADY_HEAP_FLAGS, '--single-threaded-gc', '--max-optimized-bytecode-size=0']
const CLOSE_GRACE_MS = 1_000

/** Starts an oracle on the CPUs given. */
export async function startOracle(law: OracleLaw, cpus: readonly number[]): Promise<Oracle> {
  const { child, output } = forkPinned(ENTRY, { cpus, args: [JSON.stringify(law)], execArgv: CALM_FLAGS })
  /** The answer to the last thing asked; the oracle says nothing else. */
  async function said(): Promise<unknown> {
    const gone = new AbortController()
    const onExit = (): void => gone.abort(new Error(`the oracle ended: ${output()}`))
    child.once('exit', onExit)
    try {
      return (await once(child, 'message', { signal: gone.signal }))[0]
    } finally {
      child.off('exit', onExit)
    }
  }
  const { origin } = (await said()) as { readonly origin: string }
  return {
    url: `${origin}/`,
    async account() {
      const answer = said()
      child.send('account')
      return (await answer) as OracleAccount
    },
    close: () => stopProcess(child, { graceMs: CLOSE_GRACE_MS }),
  }
}
