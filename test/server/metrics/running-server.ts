import type { TestContext } from 'node:test'

import type { BundledTargetOptions } from '../../../src/server/bundled-target.ts'
import { freePort } from '../../support/free-port.ts'
import { readMetricsPage } from '../../support/metrics-page.ts'
import type { MetricsPage } from '../../support/metrics-page.ts'
import { runServer } from '../../support/running-server.ts'
import type { RunningServer } from '../../support/running-server.ts'
import { send } from '../app-under-test.ts'

/** A whole server with its metrics port; it ends with the test. */
export interface ObservedServer {
  readonly target: RunningServer
  readonly metricsUrl: string
  readonly scrape: () => Promise<MetricsPage>
}

/** Starts the server with metrics on; flags go before. */
export async function runObservedServer(
  t: TestContext,
  flags: Readonly<Record<string, string>>,
  more: Partial<BundledTargetOptions> = {},
): Promise<ObservedServer> {
  const metricsPort = await freePort()
  const observed = { ENABLE_METRICS: 'true', METRICS_PORT: String(metricsPort), UPSTREAMS: 'none=http://127.0.0.1:9' }
  const target = await runServer(t, { ...observed, ...flags }, { opensMetricsPort: true, ...more })
  const metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`
  const scrape = async (): Promise<MetricsPage> => readMetricsPage((await send(metricsUrl)).body.toString())
  return { target, metricsUrl, scrape }
}
