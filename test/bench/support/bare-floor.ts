import type { Milliseconds } from '../../../src/core/clock.ts'
import { forkPinned, stopProcess } from '../../../src/host/pinned-process.ts'
import { childMessage } from '../../../src/server/child-message.ts'
import type { BareLoad } from './bare-client.ts'
import { CALM_FLAGS, startOracle } from './oracle.ts'
import { meanMs, sampleQuantile } from './oracle-laws.ts'
import { MEASURED_S, type TruthCase, WARM_UP_S } from './truth-cases.ts'

const ANSWER_TIMEOUT_MS: Milliseconds = 30_000
/** As many as tune opens for a rate, and some: waiting for a connection would be the client's own doing. */
const OPEN_LOOP_FACTOR = 3
const SPARE_CONNECTIONS = 10

/**
 * What the machine adds at each quantile, whoever measures: how late a client of a few lines on bare sockets sees the answers,
 * under the same load on the same CPUs. Whoever is answered is answered after the mean of the case, so that lateness is what is
 * left. Connections are reset as in the case: who must connect first is late whoever it is, on both sides, and so are others.
 *
 * @returns by quantile, never below 0
 */
export async function bareFloorMs(
  { law, kind, ratePerS, connections }: TruthCase,
  cpus: { readonly server: number; readonly generator: number },
  quantiles: readonly number[],
): Promise<readonly Milliseconds[]> {
  const delayMs = meanMs(law)
  const oracle = await startOracle(law.kind === 'resets' ? law : { kind: 'fixed', delayMs }, [cpus.server])
  const bareLoad: BareLoad = {
    url: oracle.url,
    connections: kind === 'open' ? OPEN_LOOP_FACTOR * connections + SPARE_CONNECTIONS : connections,
    ratePerS: kind === 'open' ? ratePerS : null,
    warmUpMs: WARM_UP_S * 1_000,
    measuredMs: MEASURED_S * 1_000,
  }
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
    return quantiles.map((quantile) => Math.max(0, sampleQuantile(tookMs, quantile) - delayMs))
  } finally {
    await stopProcess(child, { graceMs: 1_000 })
    await oracle.close()
  }
}
