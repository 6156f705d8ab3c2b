import { UsageError } from './errors.ts'
import { parseDuration, parseRate, parseShare } from './units.ts'

/** What an objective bounds. */
export type ObjectiveMetric =
  | { readonly kind: 'responseTime'; readonly quantile: number }
  | { readonly kind: 'meanResponseTime' }
  | { readonly kind: 'maxResponseTime' }
  | { readonly kind: 'errorRate' }
  | { readonly kind: 'throughput' }
  | { readonly kind: 'goodput' }

/** A bound that a run must keep. `bound`: ms for times, 0..1 for the error rate, 1/s for rates. */
export interface Objective {
  /** As the user wrote it. */
  readonly text: string
  readonly metric: ObjectiveMetric
  readonly comparison: '<' | '<=' | '>' | '>='
  readonly bound: number
}

/** The documents' own alert thresholds; the gate uses them when none is given. */
export const DEFAULT_OBJECTIVES: readonly string[] = ['p95 < 200ms', 'error rate < 1%']

const ALLOWED =
  'p50/p90/p95/p99/p99.9, mean or max < a time (200ms); error rate < a share (1%); throughput or goodput > a rate (500/s)'

/**
 * Reads `p95 < 200ms`, `p99.9 <= 1s`, `mean < 50ms`, `max < 2s`, `error rate < 1%`, `throughput > 500/s`, `goodput >= 500`.
 *
 * @throws {UsageError} naming the text, and what is allowed
 */
export function parseObjective(text: string): Objective {
  const match = /^\s*([a-z][a-z0-9. _-]*?)\s*(<=|>=|<|>)\s*(\S.*?)\s*$/i.exec(text)
  const comparison = match?.[2] as Objective['comparison'] | undefined
  const metric = match?.[1] === undefined ? undefined : parseMetric(match[1].toLowerCase().replaceAll(/[ _-]+/g, ' '))
  if (match?.[3] === undefined || comparison === undefined || metric === undefined) {
    throw new UsageError(`objective "${text}" is not understood`, { hint: `allowed: ${ALLOWED}` })
  }
  const bound = parseBound(metric, match[3])
  if (bound === undefined) {
    throw new UsageError(`objective "${text}": "${match[3]}" is not a bound for ${match[1]}`, {
      hint: `allowed: ${ALLOWED}`,
    })
  }
  const wantsHigh = metric.kind === 'throughput' || metric.kind === 'goodput'
  if (wantsHigh !== comparison.startsWith('>')) {
    throw new UsageError(`objective "${text}" bounds ${match[1]} from the wrong side`, {
      hint: wantsHigh ? 'rates need > or >=' : 'times and error rates need < or <=',
    })
  }
  return { text: text.trim(), metric, comparison, bound }
}

function parseMetric(name: string): ObjectiveMetric | undefined {
  const quantile = /^p(\d{1,2}(?:\.\d+)?)$/.exec(name)
  if (quantile !== null) {
    const percent = Number(quantile[1])
    return percent > 0 ? { kind: 'responseTime', quantile: Number((percent / 100).toFixed(6)) } : undefined
  }
  switch (name) {
    case 'mean':
      return { kind: 'meanResponseTime' }
    case 'max':
      return { kind: 'maxResponseTime' }
    case 'error rate':
    case 'errors':
      return { kind: 'errorRate' }
    case 'throughput':
      return { kind: 'throughput' }
    case 'goodput':
      return { kind: 'goodput' }
    default:
      return undefined
  }
}

function parseBound(metric: ObjectiveMetric, text: string): number | undefined {
  switch (metric.kind) {
    case 'responseTime':
    case 'meanResponseTime':
    case 'maxResponseTime':
      return /[a-z]$/i.test(text) ? parseDuration(text) : undefined
    case 'errorRate':
      return parseShare(text)
    case 'throughput':
    case 'goodput':
      return parseRate(text)
  }
}
