/** Process entry: watches the pauses of an idle spin loop on its CPU, each time it is asked, and tells their quantiles. */
import { latenessQuantile } from '../../../src/host/hiccups.ts'
import { endWithParent } from '../../../src/host/process-entry.ts'

const WATCH_MS = 500
const SHORTEST_PAUSE_MS = 0.02

function pauses(): { readonly pausesMs: number[]; readonly elapsedMs: number } {
  const pausesMs: number[] = []
  const startedMs = performance.now()
  let lastMs = startedMs
  while (lastMs - startedMs < WATCH_MS) {
    const nowMs = performance.now()
    if (nowMs - lastMs >= SHORTEST_PAUSE_MS) pausesMs.push(nowMs - lastMs)
    lastMs = nowMs
  }
  return { pausesMs, elapsedMs: lastMs - startedMs }
}

endWithParent()
process.on('message', (quantiles) => {
  const { pausesMs, elapsedMs } = pauses()
  // The parent asks for nothing but quantiles.
  process.send?.((quantiles as readonly number[]).map((quantile) => latenessQuantile(pausesMs, elapsedMs, quantile)))
})
process.send?.('ready')
