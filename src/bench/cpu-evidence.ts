import type { Milliseconds } from '../core/clock.ts'
import type { CpuWork } from '../sizing/sizing-input.ts'
import type { PhaseOutcome } from './run-phase.ts'
import { completedOf } from './timeline-entry.ts'
import { grownBy } from './worker-growth.ts'

/** What CPU_THREADS takes off the event loop of the bundled server. */
const CPU_ROUTE = 'POST /search'

/** CPU time of libuv's threads per completed request, all processes together; null when it cannot be seen. */
export function threadPoolMsPerRequest({ run, samples: { before, after } }: PhaseOutcome): Milliseconds | null {
  const completed = completedOf(run.requests)
  if (before?.threadPools === undefined || after?.threadPools === undefined || completed === 0) return null
  if (after.threadPools.size === 0) return null
  const earlier = before.threadPools
  const usedMs = [...after.threadPools].reduce((sum, [pid, ms]) => sum + grownBy(ms, earlier.get(pid) ?? 0), 0)
  return usedMs / completed
}

/** Searches that the event loops did; null when there were none, or threads did them. */
export function cpuWork({ run, samples: { after } }: PhaseOutcome): CpuWork | null {
  const workers = after?.stats?.workers ?? []
  const route = run.routes.find(({ name }) => name === CPU_ROUTE)
  const serviceP50Ms = route?.serviceTime.p50Ms ?? null
  if (workers.length === 0 || workers.some(({ cpuThreads }) => cpuThreads !== null)) return null
  if (route === undefined || serviceP50Ms === null || run.requests.sent === 0) return null
  return { route: CPU_ROUTE, requestShare: route.requests.sent / run.requests.sent, serviceP50Ms }
}
