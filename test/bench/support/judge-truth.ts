import type { Milliseconds } from '../../../src/core/clock.ts'
import type { Run } from '../../../src/core/report.ts'
import { LatencyHistogram } from '../../../src/stats/latency-histogram.ts'
import { median } from '../../../src/stats/percentile.ts'
import type { OracleAccount } from '../../support/oracle-server.ts'
import { delaysOf, sampleQuantile, stalledResponseTimes } from './oracle-laws.ts'
import type { TruthCase } from './truth-cases.ts'

export const QUANTILES = [0.5, 0.95, 0.99] as const

/** A figure may be off by the larger of the two, and late by what the machine itself adds. */
const RELATIVE_BAR = 0.02
const ABSOLUTE_BAR_MS: Milliseconds = 0.3
const MS_PER_S = 1_000
/** Of normal samples: standard deviation / median absolute deviation, and the error of their median / that of their mean, √(π/2). */
const NORMAL_PER_MAD = 1.4826
const MEDIAN_PER_MEAN_ERROR = Math.sqrt(Math.PI / 2)

/** One measurement of a case. */
export interface TruthRound {
  readonly run: Run
  readonly account: OracleAccount
  /** What the machine adds to any measurement, one per quantile; see bare-floor.ts. */
  readonly floorMs: readonly Milliseconds[]
}

/** One quantile, the median of all rounds: what it is, what the oracle did, what tune says. */
export interface JudgedQuantile {
  readonly truthMs: Milliseconds
  /** From the moments at which answers left the oracle. */
  readonly oracleMs: Milliseconds
  readonly tuneMs: Milliseconds
  /** Of the rounds, the least and the most. */
  readonly tuneSpreadMs: readonly [Milliseconds, Milliseconds]
  readonly floorMs: Milliseconds
  /** How much more than the truth it may be. */
  readonly allowedMs: Milliseconds
  /** More rounds could turn the verdict: the rounds differ by more than what is left to the bar. */
  readonly isUnsure: boolean
  /** `oracle late`: tune is right about what the oracle did, which is not what it was to do. */
  readonly verdict: 'held' | 'oracle late' | 'MISSED'
}

/**
 * Sets what tune reports beside the closed form. The machine makes answers late, never early, so that its floor widens the bar on
 * that side only.
 *
 * The requests of the measured phase are the last that the oracle saw, so that the delays which it had to give are known one by one.
 *
 * @param rounds at least one
 */
export function judgeQuantiles(truthCase: TruthCase, rounds: readonly TruthRound[]): readonly JudgedQuantile[] {
  const known = rounds.map(({ run, account, floorMs }) => ({
    truth: truthOf(truthCase, run, account),
    left: asItLeft(truthCase, run, account),
    reported: LatencyHistogram.fromBase64(run.responseTime.histogram),
    floorMs,
  }))
  return QUANTILES.map((quantile, index) => {
    const tunes = known.map(({ reported }) => reported.quantileMs(quantile) ?? Number.NaN)
    const truthMs = median(known.map(({ truth }) => sampleQuantile(truth, quantile)))
    const oracleMs = median(known.map(({ left }) => sampleQuantile(left, quantile)))
    const tuneMs = median(tunes)
    const floorMs = median(known.map((round) => round.floorMs[index] ?? 0))
    const barMs = Math.max(RELATIVE_BAR * truthMs, ABSOLUTE_BAR_MS)
    const allowedMs = barMs + floorMs
    /** How far inside the bar; below 0 outside. */
    const roomMs = (trueMs: Milliseconds): Milliseconds =>
      Math.min(tuneMs - (trueMs - barMs), trueMs + allowedMs - tuneMs)
    const bestRoomMs = Math.max(roomMs(truthMs), roomMs(oracleMs))
    const excessesMs = tunes.map((tune, round) => tune - (known[round]?.floorMs[index] ?? 0))
    return {
      truthMs,
      oracleMs,
      tuneMs,
      tuneSpreadMs: [Math.min(...tunes), Math.max(...tunes)],
      floorMs,
      allowedMs,
      isUnsure: Math.abs(bestRoomMs) < medianError(excessesMs),
      verdict: roomMs(truthMs) >= 0 ? 'held' : bestRoomMs >= 0 ? 'oracle late' : 'MISSED',
    }
  })
}

/**
 * The standard error of the median of samples, by their median absolute deviation, as if they were normal.
 *
 * @param samples at least one
 */
export function medianError(samples: readonly number[]): number {
  const middle = median(samples)
  const deviation = NORMAL_PER_MAD * median(samples.map((sample) => Math.abs(sample - middle)))
  return (MEDIAN_PER_MEAN_ERROR * deviation) / Math.sqrt(samples.length)
}

/** What is wrong with the counts, each as a sentence; they are exact. */
export function judgeCounts({ law, kind, ratePerS }: TruthCase, run: Run, seconds: number): readonly string[] {
  const { requests } = run
  const wrong: string[] = []
  function expectCount(name: string, actual: number, expected: number): void {
    if (actual !== expected) wrong.push(`${name} ${actual}, wanted ${expected}`)
  }
  if (kind === 'open') {
    expectCount('scheduled', requests.scheduled, ratePerS * seconds)
    expectCount('sent', requests.sent, ratePerS * seconds)
  }
  if (law.kind !== 'resets') expectCount('good', requests.good, requests.sent)
  else {
    // Every tenth of consecutive requests: one more when the run ends in the middle of ten.
    const least = Math.floor(requests.sent / law.every)
    const most = Math.ceil(requests.sent / law.every)
    if (requests.lost < least || requests.lost > most) wrong.push(`lost ${requests.lost}, wanted ${least} to ${most}`)
    expectCount('good', requests.good, requests.sent - requests.lost)
  }
  return wrong
}

function truthOf({ law, ratePerS }: TruthCase, run: Run, account: OracleAccount): readonly Milliseconds[] {
  const { sent } = run.requests
  if (law.kind === 'stall') {
    return stalledResponseTimes({
      delayMs: law.delayMs,
      stallMs: law.forMs,
      gapMs: MS_PER_S / ratePerS,
      count: sent,
    })
  }
  const delayOf = delaysOf(law)
  const first = account.arrivedMs.length - sent
  return Array.from({ length: sent }, (_, index) => delayOf(first + index)).filter((delayMs) => delayMs !== Infinity)
}

/** Response times by the oracle's clock: from arrival; around a stall, where requests wait before they arrive, from the schedule. */
function asItLeft({ law, ratePerS }: TruthCase, run: Run, account: OracleAccount): readonly Milliseconds[] {
  const first = account.arrivedMs.length - run.requests.sent
  const arrived = account.arrivedMs.subarray(first)
  const gapMs = MS_PER_S / ratePerS
  const startMs = arrived.reduce((least, arrivedMs, index) => Math.min(least, arrivedMs - index * gapMs), Infinity)
  const fromMs = (index: number): Milliseconds =>
    law.kind === 'stall' ? startMs + index * gapMs : (arrived[index] ?? Number.NaN)
  return [...account.answeredMs.subarray(first)]
    .map((answeredMs, index) => answeredMs - fromMs(index))
    .filter((tookMs) => !Number.isNaN(tookMs))
}
