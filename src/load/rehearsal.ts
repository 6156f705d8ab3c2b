import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Milliseconds } from '../core/clock.ts'
import { WHOLE } from '../core/generator-messages.ts'
import { constantRate } from '../core/rate-profile.ts'
import type { LoadDriver } from './driver.ts'

/** Enough requests that what sends them is compiled, in so little time that nobody notices. */
const DURATION_MS: Milliseconds = 200
const RATE_PER_S = 2_000
const CONNECTIONS = 10

/**
 * Sends some hundred requests to a server of this process itself, so that the code of a generator is warm before its first plan:
 * at one request per second a warm-up phase would need many minutes for it.
 */
export async function rehearse(driver: LoadDriver): Promise<void> {
  const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo // listens on TCP
    await driver.run(
      {
        origin: `http://127.0.0.1:${port}`,
        requests: [{ name: 'rehearsal', method: 'GET', path: '/', headers: {}, weight: 1, expect: { status: [200] } }],
        data: {},
        workload: {
          kind: 'open',
          stretches: constantRate(RATE_PER_S, DURATION_MS),
          arrivals: 'uniform',
          initialConnections: CONNECTIONS,
          maxConnections: CONNECTIONS,
          clients: 1,
        },
        share: WHOLE,
        durationMs: DURATION_MS,
        drainMs: DURATION_MS,
        timeoutMs: DURATION_MS,
        seed: 0,
        insecure: false,
        maySpin: true,
      },
      { onSnapshot: () => undefined },
    )
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
