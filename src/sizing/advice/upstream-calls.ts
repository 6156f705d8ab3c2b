import { largestProbability } from '../../stats/binomial.ts'
import { doubtsWhere } from './certainty.ts'
import { isUnderHighLoad } from './pool-demand.ts'
import type { CountedCalls, SizingInput } from '../sizing-input.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/** Fewer calls, none of which fails, cannot show that less than 1 % do: 3 / 300. */
const FEW_CALLS = 300

/** What the calls of the steady phase tell about the upstreams; all upstreams together. */
export interface UpstreamCalls extends CountedCalls {
  /** That the calls come from, as recommended. */
  readonly workers: number
  /** Of one worker, at the measured rate. */
  readonly callsPerS: number
  /** The largest share of calls that may fail, given how few did: the upper end of a 95 % interval, 0..1. */
  readonly mostErrorsFraction: number
  readonly doubts: readonly string[]
}

/** Null where no call was counted, or the number of workers is not known. */
export function upstreamCalls(input: SizingInput, advice: WorkerAdvice | null): UpstreamCalls | null {
  const { steady, workers: measuredWorkers } = input
  const upstream = steady?.upstream ?? null
  const workers = advice?.workers ?? measuredWorkers
  if (steady === null || upstream === null || upstream.counted === null || workers === null) return null
  const { counted, callsPerRequest } = upstream
  return {
    ...counted,
    workers,
    callsPerS: (steady.ratePerS * callsPerRequest) / workers,
    mostErrorsFraction: largestProbability(counted.calls, Math.min(counted.failures, counted.calls)),
    doubts: doubtsWhere([
      [counted.isSimulated, 'the upstreams were simulated'],
      [counted.calls < FEW_CALLS, 'few calls were counted'],
      [isUnderHighLoad(input), 'calls were measured under high load'],
    ]),
  }
}
