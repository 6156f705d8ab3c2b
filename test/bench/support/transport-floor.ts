import type { Milliseconds } from '../../../src/core/clock.ts'
import { forkPinned, stopProcess } from '../../../src/host/pinned-process.ts'
import { childMessage } from '../../../src/server/child-message.ts'
import type { BareLoad } from './bare-client.ts'
import { CALM_FLAGS, startOracle } from './oracle.ts'
import { sampleQuantile } from './oracle-laws.ts'

const DELAY_MS: Milliseconds = 10
const DURATION_MS: Milliseconds = 10_000
const ANSWER_TIMEOUT_MS: Milliseconds = 30_000

/**
 * What the machine adds to an answer for which nobody spins: the way there and back, and the waking of a CPU that sleeps between
 * answers. As a client of a few lines sees it, beyond the 10 ms that the oracle takes.
 *
 * @param load some connections, each of which pauses before it sends
 * @returns by quantile
 */
export async function transportFloorMs(
  cpus: { readonly server: number; readonly generator: number },
  quantiles: readonly number[],
  load: Pick<BareLoad, 'connections' | 'pauseMs'>,
): Promise<readonly Milliseconds[]> {
  const oracle = await startOracle({ kind: 'fixed', delayMs: DELAY_MS }, [cpus.server])
  const bareLoad: BareLoad = { url: oracle.url, durationMs: DURATION_MS, ...load }
  const { child, output } = forkPinned(new URL('./bare-client.ts', import.meta.url), {
    cpus: [cpus.generator],
    args: [JSON.stringify(bareLoad)],
    execArgv: CALM_FLAGS,
  })
  try {
    const tookMs = await childMessage(child, {
      name: 'the bare client',
      timeoutMs: ANSWER_TIMEOUT_MS,
      output,
      match: (message) => message as readonly Milliseconds[], // it says nothing else
    })
    return quantiles.map((quantile) => Math.max(0, sampleQuantile(tookMs, quantile) - DELAY_MS))
  } finally {
    await stopProcess(child, { graceMs: 1_000 })
    await oracle.close()
  }
}
