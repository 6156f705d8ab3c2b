/**
 * Process entry, to be started with `--expose-gc`: sends one open phase of many routes as a generator does, and tells every
 * minute what is left in memory after a collection. Its argument is a `MemoryLoad`.
 */
import { endWithParent } from '../../../src/host/process-entry.ts'
import { createLoadDriver } from '../../../src/load/driver.ts'
import { GET, openWorkload, planFor } from '../../support/plans.ts'

/** What is to be sent. */
export interface MemoryLoad {
  readonly origin: string
  readonly ratePerS: number
  readonly routes: number
  readonly minutes: number
}

/** What is in use after a collection, one a minute; the last message says what was sent. */
export type MemoryNote =
  | { readonly minute: number; readonly heapBytes: number; readonly externalBytes: number; readonly rssBytes: number }
  | { readonly sent: number; readonly good: number; readonly dropped: number }

const MS_PER_S = 1_000
const MS_PER_MINUTE = 60_000
const CONNECTIONS = 50

// What the parent gives is a load: it wrote it.
const { origin, ratePerS, routes, minutes } = JSON.parse(process.argv[2] ?? '') as MemoryLoad

function collectAndTell(minute: number): void {
  if (globalThis.gc === undefined) throw new Error('it was started without --expose-gc')
  globalThis.gc()
  const { heapUsed, external, rss } = process.memoryUsage()
  process.send?.({ minute, heapBytes: heapUsed, externalBytes: external, rssBytes: rss } satisfies MemoryNote)
}

endWithParent()
let minute = 0
const everyMinute = setInterval(() => collectAndTell(++minute), MS_PER_MINUTE)
const plan = planFor(origin, {
  requests: Array.from({ length: routes }, (_, route) => ({ ...GET, name: `GET /${route}`, path: `/${route}` })),
  workload: openWorkload(ratePerS, { initialConnections: CONNECTIONS, maxConnections: CONNECTIONS }),
  // Beyond the last note, so that it too is taken under load.
  durationMs: minutes * MS_PER_MINUTE + MS_PER_S,
  maySpin: true,
})
const { counts } = await createLoadDriver().run(plan, { onSnapshot: () => undefined })
clearInterval(everyMinute)
const { sent, good, dropped } = counts
process.send?.({ sent, good, dropped } satisfies MemoryNote)
