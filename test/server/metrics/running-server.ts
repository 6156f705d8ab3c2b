import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

import { resolveSettings } from '../../../src/core/settings.ts'
import { startBundledTarget } from '../../../src/server/bundled-target.ts'
import type { BundledTarget, BundledTargetOptions } from '../../../src/server/bundled-target.ts'
import { readMetricsPage } from '../../support/metrics-page.ts'
import type { MetricsPage } from '../../support/metrics-page.ts'
import { send } from '../app-under-test.ts'

/** A whole server with its metrics port; it ends with the test. */
export interface ObservedServer {
  readonly target: BundledTarget
  readonly metricsUrl: string
  readonly scrape: () => Promise<MetricsPage>
}

/** A port that nobody uses at the moment. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** Starts the server with metrics on; flags go before. */
export async function runObservedServer(
  t: TestContext,
  flags: Readonly<Record<string, string>>,
  more: Partial<BundledTargetOptions> = {},
): Promise<ObservedServer> {
  const metricsPort = await freePort()
  const observed = { ENABLE_METRICS: 'true', METRICS_PORT: String(metricsPort), UPSTREAMS: 'none=http://127.0.0.1:9' }
  const target = await startBundledTarget({
    settings: resolveSettings({ flags: { ...observed, ...flags }, environment: {}, preset: 'bench' }),
    targetCpus: [],
    simulatorCpus: [],
    effectiveCpus: 1,
    port: 0,
    seed: 1,
    opensMetricsPort: true,
    ...more,
  })
  t.after(() => target.stop())
  const metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`
  const scrape = async (): Promise<MetricsPage> => readMetricsPage((await send(metricsUrl)).body.toString())
  return { target, metricsUrl, scrape }
}
