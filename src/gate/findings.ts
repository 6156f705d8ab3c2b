import { UsageError } from '../core/errors.ts'
import type { Objective, ObjectiveMetric } from '../core/objective.ts'
import type { Check, Run } from '../core/report.ts'
import { LatencyHistogram, nearestRank, quantileRanks } from '../stats/index.ts'

/** What some runs say about one objective. */
export interface Finding {
  /** For people: figure and unit, or why there is none. */
  readonly actual: string
  /** Bounds of the 95 % confidence interval in the objective's unit; null when there is none. */
  readonly interval: readonly [number, number] | null
  readonly outcome: Check['outcome']
}

type LatencyMetric = Extract<ObjectiveMetric, { kind: 'responseTime' | 'meanResponseTime' | 'maxResponseTime' }>

/**
 * Response times of the good answers, all runs merged. A request that was never answered is slower than any bound:
 * the quantiles count it, so that a target does not pass by answering only the quick requests.
 *
 * @throws {UsageError} when the histogram of a run cannot be read
 */
export function latencyFinding(objective: Objective, metric: LatencyMetric, runs: readonly Run[]): Finding {
  const good = new LatencyHistogram()
  for (const run of runs) good.add(responseTimesOf(run))
  if (good.count === 0) return NO_SAMPLES
  const unanswered = sum(runs, ({ requests }) => requests.timedOut + requests.unfinished)
  switch (metric.kind) {
    case 'responseTime':
      return quantileFinding(objective, metric.quantile, good, unanswered)
    case 'meanResponseTime': {
      const finding = found(objective, good.meanMs ?? 0, `${rounded(good.meanMs ?? 0)} ms`)
      return unanswered > 0 && finding.outcome === 'pass'
        ? { ...finding, actual: `${finding.actual} without ${unanswered} unanswered requests`, outcome: 'inconclusive' }
        : finding
    }
    case 'maxResponseTime':
      return quantileFinding(objective, 1, good, unanswered)
  }
}

function responseTimesOf(run: Run): LatencyHistogram {
  try {
    return LatencyHistogram.fromBase64(run.responseTime.histogram)
  } catch (error) {
    const hint = 'measure again, or judge a report that tune wrote and nobody changed'
    throw new UsageError(`the response times of the phase "${run.phase}" cannot be read`, { cause: error, hint })
  }
}

function quantileFinding(objective: Objective, quantile: number, good: LatencyHistogram, unanswered: number): Finding {
  const count = good.count + unanswered
  const rank = nearestRank(count, quantile)
  if (rank > good.count) {
    return { actual: `no answer to ${unanswered} of ${count} requests`, interval: null, outcome: 'fail' }
  }
  const ms = good.sampleMs(rank)
  const ranks = quantile === 1 ? null : quantileRanks(count, quantile)
  const isKnown = ranks !== null && ranks.highRank <= good.count
  const interval = isKnown ? ([good.sampleMs(ranks.lowRank), good.sampleMs(ranks.highRank)] as const) : null
  return { ...found(objective, ms, `${rounded(ms)} ms`), interval }
}

/** The share of the sent requests that did not get a good answer. */
export function errorFinding(objective: Objective, runs: readonly Run[]): Finding {
  const sent = sum(runs, (run) => run.requests.sent)
  if (sent === 0) return NO_SAMPLES
  const notGood = sent - sum(runs, (run) => run.requests.good)
  const percent = rounded((notGood / sent) * 100)
  return found(objective, notGood / sent, `${percent} % (${notGood} of ${sent} requests)`)
}

/** Completions per second over the whole time of the runs. */
export function rateFinding(objective: Objective, kind: 'throughput' | 'goodput', runs: readonly Run[]): Finding {
  const durationMs = sum(runs, (run) => run.durationMs)
  if (durationMs === 0 || sum(runs, (run) => run.requests.sent) === 0) return NO_SAMPLES
  const completed = sum(runs, (run) => (kind === 'goodput' ? run.goodputPerS : run.throughputPerS) * run.durationMs)
  const ratePerS = completed / durationMs
  return found(objective, ratePerS, `${rounded(ratePerS)}/s`)
}

const NO_SAMPLES: Finding = { actual: 'no samples', interval: null, outcome: 'inconclusive' }

function found(objective: Objective, value: number, actual: string): Finding {
  return { actual, interval: null, outcome: isKept(objective, value) ? 'pass' : 'fail' }
}

function isKept({ comparison, bound }: Objective, value: number): boolean {
  switch (comparison) {
    case '<':
      return value < bound
    case '<=':
      return value <= bound
    case '>':
      return value > bound
    case '>=':
      return value >= bound
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

function sum(runs: readonly Run[], figure: (run: Run) => number): number {
  return runs.reduce((total, run) => total + figure(run), 0)
}
