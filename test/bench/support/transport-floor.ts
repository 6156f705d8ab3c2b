import { once } from 'node:events'

import type { Milliseconds } from '../../../src/core/clock.ts'
import { forkPinned, stopProcess } from '../../../src/host/pinned-process.ts'
import { startOracle } from './oracle.ts'
import { sampleQuantile } from './oracle-laws.ts'

const DELAY_MS: Milliseconds = 10

/**
 * What the machine adds to an answer where hardly anything happens: the way there and back, and the waking of CPUs that sleep. By
 * quantile over 500 requests of a client of a few lines, beyond the 10 ms that the oracle takes.
 */
export async function transportFloorMs(
  cpus: { readonly server: number; readonly generator: number },
  quantiles: readonly number[],
): Promise<readonly Milliseconds[]> {
  const oracle = await startOracle({ kind: 'fixed', delayMs: DELAY_MS }, [cpus.server])
  const entry = new URL('./bare-client.ts', import.meta.url)
  const { child, output } = forkPinned(entry, { cpus: [cpus.generator], args: [oracle.url] })
  const ended = new AbortController()
  child.once('close', () => ended.abort(new Error(`the bare client ended: ${output()}`)))
  try {
    const [tookMs] = (await once(child, 'message', { signal: ended.signal })) as [readonly Milliseconds[]]
    return quantiles.map((quantile) => Math.max(0, sampleQuantile(tookMs, quantile) - DELAY_MS))
  } finally {
    await stopProcess(child, { graceMs: 1_000 })
    await oracle.close()
  }
}
