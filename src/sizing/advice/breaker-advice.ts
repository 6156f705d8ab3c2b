import type { Recommendation } from '../../core/recommendation.ts'
import { leastCalls, ORDINARY_ERRORS } from '../breaker-volume.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import type { SizingInput } from '../sizing-input.ts'
import { type UpstreamCalls, upstreamCalls } from './upstream-calls.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/** An upstream that fails half of its calls is better left alone; fewer failures are the business of retries. */
const OPENING_FRACTION = 0.5

/** On average a window holds so many times the calls that it takes: then it seldom holds too few, when they come at random. */
const ROOM_IN_WINDOW = 2
const SHORTEST_WINDOW_S = 5
/** What failed longer ago says little about now. */
const LONGEST_WINDOW_S = 60

/** Probes of an open circuit, each a request that may fail, are no larger share of the calls. */
const PROBING_FRACTION = 0.01
const SHORTEST_RECOVERY_S = 1
/** The documents' own: with few calls the share above would ask for minutes. */
const LONGEST_RECOVERY_S = 30

/**
 * When the circuits of a worker open, and how long they stay so: by the share of calls that fail, of so many calls that
 * chance does not open them. Nothing where the target has no breaker, no call was counted, or a worker makes too few calls
 * for a window to tell anything: failures in a row are better then.
 */
export function adviseBreaker(input: SizingInput, advice: WorkerAdvice | null): readonly Recommendation[] {
  const calls = upstreamCalls(input, advice)
  if (calls === null || input.current.CB_RECOVERY_TIMEOUT === undefined) return []
  const errors = Math.max(ORDINARY_ERRORS, calls.mostErrorsFraction)
  const volume = leastCalls(OPENING_FRACTION, errors)
  if (volume === null || (LONGEST_WINDOW_S * calls.callsPerS) / ROOM_IN_WINDOW < volume) return []
  return [...adviseOpening(input, calls, { errors, volume }), adviseRecovery(calls, input.current.CB_RECOVERY_TIMEOUT)]
}

interface Opening {
  /** The share of calls that may fail when nothing is wrong. */
  readonly errors: number
  readonly volume: number
}

function adviseOpening(
  { current }: SizingInput,
  { callsPerS, calls, failures, doubts }: UpstreamCalls,
  { errors, volume }: Opening,
): readonly Recommendation[] {
  const windowS = Math.max(SHORTEST_WINDOW_S, Math.ceil((ROOM_IN_WINDOW * volume) / callsPerS))
  const percent = 100 * OPENING_FRACTION
  const shared = {
    confidence: confidenceWith(doubts),
    binding: 'false alarms',
  } as const
  const measured = { calls, failures, errorsBorneFraction: significant(errors), ...doubtEvidence(doubts) }
  return [
    {
      setting: 'CB_FAILURE_RATE',
      value: percent,
      current: current.CB_FAILURE_RATE ?? null,
      unit: '% of the calls',
      ...shared,
      basis: 'rule',
      formula: 'half of the calls, with CB_MODE=window',
      evidence: measured,
      explanation: `Needs CB_MODE=window: failures in a row come by chance the sooner the more calls there are, a share of ${percent} % does not.`,
    },
    {
      setting: 'CB_MIN_CALLS',
      value: volume,
      current: current.CB_MIN_CALLS ?? null,
      unit: 'calls per worker',
      ...shared,
      basis: 'modelled',
      formula: 'binomial tail, one false alarm in a million windows',
      evidence: { ...measured, failureRateFraction: OPENING_FRACTION },
      explanation: `Of ${volume} calls, of which ${significant(100 * errors)} % fail when nothing is wrong, half fail by chance in less than one window of a million. A lower CB_FAILURE_RATE would need more calls.`,
    },
    {
      setting: 'CB_WINDOW_TIME',
      value: windowS,
      current: current.CB_WINDOW_TIME ?? null,
      unit: 's',
      ...shared,
      basis: 'modelled',
      formula: 'time of twice the calls that a window needs, at least 5 s',
      evidence: { callsPerSPerWorker: significant(callsPerS), callsNeeded: volume, ...doubtEvidence(doubts) },
      explanation: `At ${significant(callsPerS)} calls/s of each worker ${windowS} s hold ${Math.floor(windowS * callsPerS)} calls, enough to judge by. With less traffic it must be longer.`,
    },
  ]
}

function adviseRecovery({ callsPerS, doubts: known }: UpstreamCalls, current: number): Recommendation {
  const soonestS = 1 / (PROBING_FRACTION * callsPerS)
  const value = Math.min(LONGEST_RECOVERY_S, Math.max(SHORTEST_RECOVERY_S, Math.ceil(soonestS)))
  const doubts = [...known, ...doubtsWhere([[true, 'how long an upstream takes to recover was not measured']])]
  return {
    setting: 'CB_RECOVERY_TIMEOUT',
    value,
    current,
    unit: 's',
    basis: 'modelled',
    formula: 'probes are at most 1 % of the calls',
    evidence: { callsPerSPerWorker: significant(callsPerS), ...doubtEvidence(doubts) },
    confidence: confidenceWith(doubts),
    binding: 'calls of a worker',
    explanation: `A circuit stays open for so long after an upstream is well again. With ${significant(callsPerS)} calls/s of each worker, one probe in ${value} s costs at most ${significant(100 / (callsPerS * value))} % of them.`,
  }
}
