/**
 * Process entry: one worker of the bundled server that searches in as many threads as its argument says. Prints its address, and
 * tells its parent, when asked, how long its event loop was held up since it was last asked, and how much memory it has.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'

import { resolveSettings } from '../../src/core/settings.ts'
import { endWithParent } from '../../src/host/process-entry.ts'
import { createApp } from '../../src/server/app.ts'
import { serverOptions } from '../../src/server/options.ts'

/** What it tells. */
export interface LoopAccount {
  /** Beyond what the timer that watches takes itself. */
  readonly loopDelayP99Ms: number
  readonly loopDelayMaxMs: number
  readonly rssBytes: number
}

const RESOLUTION_MS = 1
const NS_PER_MS = 1e6

endWithParent()
// Its database goes when it exits, and a signal alone would not have it do so.
process.once('SIGTERM', () => process.exit())
const flags = { CPU_THREADS: process.argv[2] ?? '', UPSTREAMS: 'nowhere=http://127.0.0.1:9' }
const app = createApp(serverOptions(resolveSettings({ flags, environment: {}, preset: 'bench' }), 1))
app.server.listen(0, '127.0.0.1')
await once(app.server, 'listening')
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
delays.enable()
process.on('message', () => {
  const [p99, max] = [delays.percentile(99), delays.max].map((ns) => ns / NS_PER_MS - RESOLUTION_MS)
  delays.reset()
  process.send?.({
    loopDelayP99Ms: p99 ?? Number.NaN,
    loopDelayMaxMs: max ?? Number.NaN,
    rssBytes: process.memoryUsage.rss(),
  } satisfies LoopAccount)
})
process.send?.(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`) // it listens on TCP
