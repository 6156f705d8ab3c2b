import { closedLoopThroughput, inFlight } from '../littles-law.ts'
import type { Finding, WrittenSetting } from './finding.ts'
import { figure, perSecond, quantity, span } from './figures.ts'
import type { LintInput } from './lint-input.ts'
import { isOff, numberOf, type StatedSettings, asWritten } from './stated-settings.ts'

/** p95 / mean of exponentially distributed times, ln 20. */
const P95_PER_MEAN = Math.log(20)

/**
 * Little's law: a service that has N places for requests under way answers no more than N / R per second. R is the mean
 * response time, which is seldom below the median; where only a p95 is expected, times that vary as much as exponential
 * ones have a mean of a third of it.
 *
 * One of the documents promises 1000/s of 4 workers × 2 threads at 50 ms, which are 160/s.
 *
 * @see Little 1961
 */
export function concurrencyFindings(input: LintInput): readonly Finding[] {
  const { workers, facts, stated } = input
  const { ratePerS, p50Ms, p95Ms } = facts.expected
  const places = placesOfOne(stated)
  if (workers === null || places === null || ratePerS === null) return []
  const total = workers.count * places.count * facts.replicas
  const product = `${workers.text} × ${places.text}${replicasText(facts.replicas)} = ${figure(total)} requests at once`
  const settings = [...workers.settings, ...places.settings]
  if (p50Ms !== null && inFlight(ratePerS, p50Ms) > total) {
    const needed = inFlight(ratePerS, p50Ms)
    const each = Math.ceil(needed / (workers.count * facts.replicas))
    return [
      {
        rule: 'concurrency',
        severity: 'wrong',
        settings,
        arithmetic: `${product}; at ${span(p50Ms / 1_000)} each that is ${perSecond((total * 1_000) / p50Ms)}, and ${perSecond(ratePerS)} × ${span(p50Ms / 1_000)} = ${figure(needed)} at once are needed (Little's law)`,
        change: `give each worker ${figure(each)} places, or have more workers or replicas, or promise no more than ${perSecond((total * 1_000) / p50Ms)}`,
      },
    ]
  }
  const meanMs = (total * 1_000) / ratePerS
  if (p95Ms === null || meanMs * P95_PER_MEAN >= p95Ms) return []
  return [
    {
      rule: 'concurrency',
      severity: 'doubtful',
      settings,
      arithmetic: `${product}; for ${perSecond(ratePerS)} each may take ${span(meanMs / 1_000)} on average (Little's law), ${figure(p95Ms / meanMs)} times less than the p95 of ${span(p95Ms / 1_000)} (for exponential times it is 3 times)`,
      change: `measure the mean response time; at a third of the p95 it takes ${figure(Math.ceil(inFlight(ratePerS, p95Ms / P95_PER_MEAN)))} requests at once`,
    },
  ]
}

/**
 * Little's law for users who think between requests: N users ask for no more than N / (R + Z) per second.
 *
 * One of the documents promises 500/s to 100 users who wait 1 to 3 s, which are 49/s.
 */
export function userFindings({ facts }: LintInput): readonly Finding[] {
  const { ratePerS, users, p50Ms, thinkTimeMs } = facts.expected
  const cycleMs = (p50Ms ?? 0) + thinkTimeMs
  if (ratePerS === null || users === null || cycleMs === 0) return []
  const mostPerS = closedLoopThroughput(users, p50Ms ?? 0, thinkTimeMs)
  if (mostPerS >= ratePerS) return []
  return [
    {
      rule: 'users',
      severity: 'wrong',
      settings: [],
      arithmetic: `${quantity(users, 'user')} / (${span((p50Ms ?? 0) / 1_000)} response + ${span(thinkTimeMs / 1_000)} thinking) = ${perSecond(mostPerS)}, and ${perSecond(ratePerS)} are expected (Little's law)`,
      change: `expect ${figure(Math.ceil(inFlight(ratePerS, cycleMs)))} users, or no more than ${perSecond(mostPerS)}`,
    },
  ]
}

/** ` × 3 replicas`; nothing for one. */
export function replicasText(replicas: number): string {
  return replicas === 1 ? '' : ` × ${quantity(replicas, 'replica')}`
}

/**
 * Threads that serve requests in one worker, where the file calls them that: gunicorn's. `CPU_THREADS` is the same setting
 * here, but of a server whose event loop serves requests.
 */
export function requestThreads(stated: StatedSettings): number | undefined {
  const isGunicorn = stated.get('CPU_THREADS')?.written.name.endsWith('GUNICORN_THREADS') === true
  return isGunicorn ? Math.max(1, numberOf(stated, 'CPU_THREADS') ?? 1) : undefined
}

interface Places {
  readonly count: number
  readonly text: string
  readonly settings: readonly WrittenSetting[]
}

/** Requests that one worker lets run at the same time; null when the settings do not bound them. */
function placesOfOne(stated: StatedSettings): Places | null {
  const threads = requestThreads(stated)
  const admitted = isOff(stated, 'QUEUE_ENABLED') ? undefined : numberOf(stated, 'QUEUE_CONCURRENCY')
  if (threads !== undefined && threads <= (admitted ?? threads)) {
    return { count: threads, text: quantity(threads, 'thread'), settings: asWritten(stated, 'CPU_THREADS') }
  }
  if (admitted === undefined || admitted === 0) return null
  return { count: admitted, text: `${figure(admitted)} admitted`, settings: asWritten(stated, 'QUEUE_CONCURRENCY') }
}
