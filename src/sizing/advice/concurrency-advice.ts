import type { Recommendation } from '../../core/recommendation.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { kneeConcurrency } from '../concurrency-knee.ts'
import { inFlight } from '../littles-law.ts'
import { advisePool } from './load-advice.ts'
import { isUnderHighLoad } from './pool-demand.ts'
import { fitScalability } from '../scalability-fit.ts'
import type { SizingInput } from '../sizing-input.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/** Standard deviations above the mean that 99 of 100 Poisson numbers stay below. */
const P99_DEVIATIONS = 2.33

/** What a cap may not be smaller than, in requests of one worker. */
interface Floor {
  readonly requests: number
  /** Its name among the evidence. */
  readonly figure: string
  readonly binding: string
  readonly formula: string
  readonly why: string
}

/**
 * Requests that may run at the same time in one worker; null when the target has no such setting, or nothing shows how many
 * it takes.
 *
 * Enough for the best throughput of the ramp, for what is under way at the capacity of the worker (by the mean time: the median
 * of answers that mostly come from a cache hides the others), and to fill the pool of upstream connections.
 */
export function adviseConcurrency(input: SizingInput, advice: WorkerAdvice | null): Recommendation | null {
  const { ramp, current } = input
  if (current.QUEUE_CONCURRENCY === undefined) return null
  const points = ramp?.points.filter(({ throughputPerS }) => throughputPerS > 0) ?? []
  const knee = kneeConcurrency(points)
  const fit = fitScalability(points)
  const shown = [
    ...(ramp === null || knee === null ? [] : [floorOfRamp(knee / ramp.workers)]),
    ...floorOfLoad(input, advice),
  ]
  if (shown.length === 0) return null
  const floors = [...shown, ...floorOfPool(input, advice)]
  const highest = floors.reduce((best, floor) => (floor.requests > best.requests ? floor : best))
  const value = Math.ceil(highest.requests)
  const peak = ramp === null || fit?.peak == null ? null : fit.peak.concurrency / ramp.workers
  const doubts = doubtsWhere([
    [knee === null, 'no ramp of connections shows from where on more requests at once gain nothing'],
    [advice === null, 'the capacity was not measured: sized for the measured rate'],
    [isUnderHighLoad(input), 'response times were measured under high load'],
    [peak !== null && value > peak, 'so many at once slow each other down'],
  ])
  return {
    setting: 'QUEUE_CONCURRENCY',
    value,
    current: current.QUEUE_CONCURRENCY,
    unit: 'requests per worker',
    basis: highest.binding === 'throughput' ? 'measured' : 'modelled',
    formula: highest.formula,
    evidence: {
      ...Object.fromEntries(floors.map(({ figure, requests }) => [figure, significant(requests)])),
      ...(peak === null ? {} : { throughputFallsBeyond: significant(peak) }),
      ...(fit === null ? {} : { contentionFraction: significant(fit.law.contention) }),
      ...doubtEvidence(doubts),
    },
    confidence: confidenceWith(doubts),
    binding: highest.binding,
    explanation: `${highest.why} More at once would only wait inside the worker, where nobody can turn them away. It counts while QUEUE_ENABLED is true.`,
  }
}

function floorOfRamp(requests: number): Floor {
  return {
    requests,
    figure: 'kneeRequests',
    binding: 'throughput',
    formula: 'the least concurrency with 95 % of the best throughput',
    why: `With ${significant(Math.ceil(requests))} requests at once a worker reached 95 % of its best throughput.`,
  }
}

/** Little's law at the capacity of a worker, with room for the ups and downs of a Poisson number. */
function floorOfLoad({ steady, workers: measured }: SizingInput, advice: WorkerAdvice | null): readonly Floor[] {
  const workers = advice?.workers ?? measured
  if (steady === null || steady.serviceMeanMs === null || workers === null) return []
  const perS = Math.max(steady.ratePerS, advice?.throughputPerS ?? 0) / workers
  const mean = inFlight(perS, steady.serviceMeanMs)
  const most = mean + P99_DEVIATIONS * Math.sqrt(mean)
  return [
    {
      requests: most,
      figure: 'requestsUnderWay',
      binding: 'requests under way',
      formula: "Little's law, p99 of a Poisson number",
      why: `At ${significant(perS)} requests/s of ${significant(steady.serviceMeanMs)} ms each a worker has ${significant(mean)} under way on average, and seldom more than ${Math.ceil(most)}.`,
    },
  ]
}

function floorOfPool(input: SizingInput, advice: WorkerAdvice | null): readonly Floor[] {
  const pool = advisePool(input, advice)
  if (pool === null) return []
  return [
    {
      requests: pool.value,
      figure: 'upstreamConnections',
      binding: 'upstream pool',
      formula: 'no fewer than upstream connections',
      why: `With fewer than ${pool.value} requests at once the pool of upstream connections could never be used up.`,
    },
  ]
}
