import type { ValidityReason } from '../core/measurement.ts'
import { percent, type ValidityInput } from './validity-input.ts'

/** Ten samples above a percentile are the least that it can be told from. */
const SAMPLES_NEEDED = { p50: 20, p95: 200, p99: 1_000 } as const
/** With fewer, chance alone leaves workers without a connection while others have several. */
export const MIN_CONNECTIONS_PER_WORKER = 2

/** Reasons to doubt that there is enough, and enough of the same, to compute figures from. */
export function judgeSamples(input: ValidityInput): readonly ValidityReason[] {
  return [judgeCount(input), judgeConnections(input), judgeSteadiness(input)].filter((reason) => reason !== undefined)
}

function judgeCount({ counts, durationMs }: ValidityInput): ValidityReason | undefined {
  const evidence = `${counts.good} good answers in ${seconds(durationMs)}`
  if (counts.good === 0) {
    const hint = 'look at the outcomes: nothing was answered as expected, so there is no latency to show'
    return { code: 'no-samples', severity: 'invalid', evidence, hint }
  }
  const untold = Object.entries(SAMPLES_NEEDED).filter(([, needed]) => counts.good < needed)
  if (untold.length === 0) return undefined
  const needs = untold.map(([percentile, needed]) => `${percentile} needs ${needed}`).join(', ')
  return {
    code: 'few-samples',
    severity: 'suspect',
    evidence: `${evidence}: too few to tell ${untold.map(([percentile]) => percentile).join(', ')}`,
    hint: `${needs}: run longer with -d, or offer more load`,
  }
}

function judgeConnections(input: ValidityInput): ValidityReason | undefined {
  const { workers } = input
  if (workers === null) return undefined
  const { count, what, more } = connectionsOf(input)
  const needed = workers * MIN_CONNECTIONS_PER_WORKER
  if (count >= needed) return undefined
  return {
    code: 'few-connections',
    severity: 'suspect',
    evidence: `${count} ${what} for ${workers} workers`,
    hint: `some workers may get none: use at least ${needed} ${more}`,
  }
}

/** Of an open loop those that it began with, which it need not all open, or more when it had to. */
function connectionsOf({ workload, connectionsOpened = 0 }: ValidityInput): {
  readonly count: number
  readonly what: string
  readonly more: string
} {
  switch (workload.kind) {
    case 'closed':
      return { count: workload.connections, what: 'connections', more: 'with -c' }
    case 'open':
      return { count: Math.max(workload.initialConnections, connectionsOpened), what: 'connections', more: 'with -c' }
    case 'users':
      return { count: workload.users, what: 'users', more: 'users' }
  }
}

function judgeSteadiness({ steadyState, durationMs }: ValidityInput): ValidityReason | undefined {
  if (steadyState === undefined || steadyState === null || steadyState.hasSettled) return undefined
  const share = percent((steadyState.fromS * 1_000) / Math.max(durationMs, 1))
  return {
    code: 'not-steady',
    severity: 'suspect',
    evidence: `the CPU time per request still moved after ${steadyState.fromS.toFixed(1)} s, ${share} of the phase`,
    hint: 'warm up longer with --warm-up, or run longer with -d; a target that never settles leaks or fills a cache',
  }
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(1)} s`
}
