import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createLoadDriver } from '../../src/load/driver.ts'
import { ARRIVALS_SEED_OFFSET } from '../../src/load/open-loop-engine.ts'
import { LatencyHistogram } from '../../src/stats/latency-histogram.ts'
import { startMisbehavingServer } from '../support/misbehaving-server.ts'
import { GET, openWorkload, planFor } from '../support/plans.ts'
import { startsMs } from './starts.ts'

for (const arrivals of ['uniform', 'poisson'] as const) {
  test(`a server sees ${arrivals} arrivals all, in their order, and none before it is due`, async (context) => {
    const seen: { readonly path: string; readonly atMs: number }[] = []
    const server = await startMisbehavingServer(({ socket, path }) => {
      seen.push({ path, atMs: performance.now() })
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
    context.after(() => server.close())
    const plan = planFor(server.origin, {
      // On one connection requests cannot overtake each other.
      workload: openWorkload(200, { arrivals, initialConnections: 1, maxConnections: 1 }),
      requests: [{ ...GET, path: '/{{index}}' }],
      durationMs: 500,
    })
    const starts = startsMs(arrivals, 200, plan.durationMs, plan.seed + ARRIVALS_SEED_OFFSET)
    const beforeMs = performance.now()
    const { counts, lateness } = await createLoadDriver().run(plan, { onSnapshot: () => undefined })
    assert.ok(starts.length > 50, `only ${starts.length} arrivals are due`)
    assert.equal(counts.scheduled, starts.length)
    assert.equal(LatencyHistogram.decode(lateness).count, starts.length)
    assert.deepEqual(
      seen.map(({ path }) => path),
      starts.map((_, index) => `/${index}`),
    )
    const early = seen.filter(({ atMs }, index) => atMs - beforeMs < (starts[index] ?? Number.NaN))
    assert.deepEqual(early, [])
  })
}
