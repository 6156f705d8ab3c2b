import type { Milliseconds } from '../../core/clock.ts'
import type { Recommendation } from '../../core/recommendation.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { countedQuantileMs } from '../pools.ts'
import { ADVISED_ATTEMPTS } from './retry-advice.ts'
import { largestValue, smallestValue } from './setting-limits.ts'
import type { SizingInput } from '../sizing-input.ts'
import { upstreamCalls } from './upstream-calls.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/** Of the calls, one in a thousand may be slower than the figure that the timeout rests on. */
const SLOW_QUANTILE = 0.999
/** Fewer calls have no p99.9. */
const LEAST_CALLS = 1_000
/** Beyond the slowest calls that are in order, so that the timeout ends none of them. */
const ROOM = 1.5

const SHORTEST_CALL_S = smallestValue('UPSTREAM_TIMEOUT')
const LONGEST_CALL_S = largestValue('UPSTREAM_TIMEOUT')
const SHORTEST_REQUEST_S = smallestValue('REQUEST_TIMEOUT')
const LONGEST_REQUEST_S = largestValue('REQUEST_TIMEOUT')

/**
 * The time for one upstream call, from the slowest that were measured, and the time for a request, in which all attempts of a
 * call have room. Nothing where the target has no such settings, and where too few calls were counted, or too many were slow
 * beyond all bounds.
 */
export function adviseTimeouts(input: SizingInput, advice: WorkerAdvice | null): readonly Recommendation[] {
  const { UPSTREAM_TIMEOUT: callS, REQUEST_TIMEOUT: requestS } = input.current
  const counted = upstreamCalls(input, advice)
  if (callS === undefined || requestS === undefined || counted === null || counted.calls < LEAST_CALLS) return []
  const { calls, holdCounts } = counted
  const slowMs = countedQuantileMs(
    holdCounts.reduce((sum, count) => sum + count, 0),
    holdCounts,
    SLOW_QUANTILE,
  )
  const value = Math.max(SHORTEST_CALL_S, (ROOM * slowMs) / 1_000)
  if (value > LONGEST_CALL_S) return []
  const ofCall: Recommendation = {
    setting: 'UPSTREAM_TIMEOUT',
    value,
    current: callS,
    unit: 's',
    basis: 'measured',
    formula: '1.5 × p99.9 of the upstream calls, at least 1 s',
    evidence: { p999AtMostMs: slowMs, calls, ...doubtEvidence(counted.doubts) },
    confidence: confidenceWith(counted.doubts),
    binding: 'upstream calls',
    explanation: `999 of 1,000 calls ended within ${millisecondsText(slowMs)}; who waits longer than ${value} s holds a connection and a client for an answer that seldom comes. Slower upstreams need more.`,
  }
  return [ofCall, adviseRequest(input, { callS: value, currentS: requestS, callDoubts: counted.doubts })]
}

interface RequestTime {
  readonly callS: number
  readonly currentS: number
  readonly callDoubts: readonly string[]
}

/** Waiting for admission, all attempts with their waits for a connection and between each other, and the answer. */
function adviseRequest(input: SizingInput, { callS, currentS, callDoubts }: RequestTime): Recommendation {
  const {
    UPSTREAM_CONNECT_TIMEOUT: connectS = 0,
    RETRY_MAX_DELAY: delayS = 0,
    QUEUE_TIMEOUT: queueS = 0,
  } = input.current
  const attempts = ADVISED_ATTEMPTS
  const longestS = queueS + attempts * (connectS + callS) + (attempts - 1) * delayS
  const value = Math.min(LONGEST_REQUEST_S, Math.max(SHORTEST_REQUEST_S, Math.ceil(longestS)))
  const doubts = [
    ...callDoubts,
    ...doubtsWhere([
      [true, 'clients on slow lines were not measured'],
      [longestS > LONGEST_REQUEST_S, `all attempts would take ${Math.ceil(longestS)} s`],
    ]),
  ]
  const queueText = queueS === 0 ? '' : `${queueS} s in the queue, `
  return {
    setting: 'REQUEST_TIMEOUT',
    value,
    current: currentS,
    unit: 's',
    basis: 'rule',
    formula: 'queue + attempts × (connection + call) + waits between attempts, at least 10 s',
    evidence: { attempts, callS, connectS, delayS, ...(queueS === 0 ? {} : { queueS }), ...doubtEvidence(doubts) },
    confidence: confidenceWith(doubts),
    binding: 'upstream calls',
    explanation: `The slowest way to an answer is ${queueText}${attempts} attempts of ${connectS} s for a connection and ${callS} s for the call, and ${delayS} s between them: ${significant(longestS)} s. Large uploads over slow lines may need more.`,
  }
}

function millisecondsText(ms: Milliseconds): string {
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`
}
