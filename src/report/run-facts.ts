import { type LatencySummary, type Outcome, OUTCOMES, type RequestCounts } from '../core/measurement.ts'
import type { Report, Run } from '../core/report.ts'
import { formatBytes, formatNumber, formatQuantity, formatRate } from './format.ts'

/** Outcomes in the words of a reader. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  good: 'good',
  limited: 'limited (429)',
  shed: 'shed (503)',
  failed: 'wrong status',
  mismatched: 'wrong body',
  timedOut: 'timed out',
  lost: 'connection lost',
  unfinished: 'unfinished',
}

/** Every outcome but `good` that occurred, with its count. */
export function notGoodOutcomes(requests: RequestCounts): readonly (readonly [Outcome, number])[] {
  return OUTCOMES.filter((outcome) => outcome !== 'good' && requests[outcome] > 0).map(
    (outcome) => [outcome, requests[outcome]] as const,
  )
}

/**
 * The run whose latency is worth showing in detail: the last with an open workload or users and good answers, because it shows what
 * independent clients see; without one the last with good answers, then the last.
 */
export function headlineRun(runs: readonly Run[]): Run | undefined {
  return (
    runs.findLast((run) => run.workload.kind !== 'closed' && run.responseTime.count > 0) ??
    runs.findLast((run) => run.responseTime.count > 0) ??
    runs.at(-1)
  )
}

/** The phase, and what else tells the run from the others: workers, repetition. */
export function runLabel(run: Run, runs: readonly Run[]): string {
  const hasConfigurations = new Set(runs.map(({ workers }) => workers)).size > 1
  const hasRepetitions = new Set(runs.map(({ repetition }) => repetition)).size > 1
  const workers = hasConfigurations && run.workers !== null ? ` -w ${run.workers}` : ''
  return `${run.phase}${workers}${hasRepetitions ? ` #${run.repetition}` : ''}`
}

/** The load of a run; reports do not keep after how many requests a closed phase was to end. */
interface Loaded {
  readonly workload: Run['workload'] & { readonly maxRequests?: number | undefined }
}

/**
 * The load in words: `closed, 50 connections, at most 1,000 requests`, `open, 250/s poisson`, `open, 100→1,000/s uniform`,
 * `100 users, 10/s, think 1–3 s`.
 */
export function describeLoad({ workload }: Loaded): string {
  switch (workload.kind) {
    case 'closed': {
      const { connections, maxRequests } = workload
      const most = maxRequests === undefined ? '' : `, at most ${formatQuantity(maxRequests, 'request')}`
      return `closed, ${formatQuantity(connections, 'connection')}${most}`
    }
    case 'open':
      return `open, ${describeRate(workload)} ${workload.arrivals ?? ''}`.trimEnd()
    case 'users': {
      const [minMs = 0, maxMs = 0] = workload.thinkMs ?? []
      const range = minMs === maxMs ? '' : `${formatNumber(minMs / 1_000)}–`
      const think = maxMs === 0 ? '' : `, think ${range}${formatNumber(maxMs / 1_000)} s`
      return `${formatQuantity(workload.users ?? workload.connections, 'user')}, ${formatRate(workload.spawnRatePerS ?? null)}${think}`
    }
  }
}

/** A rate that goes evenly from one value to another by both, any other that changes by its range. */
function describeRate({ ratePerS, stretches = [] }: Run['workload']): string {
  const [first, second] = stretches
  if (first === undefined) return formatRate(ratePerS)
  const perS = stretches.flatMap(({ fromPerS, toPerS }) => [fromPerS, toPerS])
  return second === undefined
    ? `${formatNumber(first.fromPerS)}→${formatRate(first.toPerS)}`
    : `${formatNumber(Math.min(...perS))}–${formatRate(Math.max(...perS))}`
}

/** The scenarios of the report, by name. */
export function scenarioNames({ runs }: Report): string {
  return [...new Set(runs.map((run) => run.scenario))].join(', ') || 'nothing measured'
}

/** The worst verdict of all runs; nothing measured is invalid. */
export function overallValidity(report: Report): Run['validity']['verdict'] {
  const verdicts = report.runs.map((run) => run.validity.verdict)
  if (verdicts.length === 0 || verdicts.includes('invalid')) return 'invalid'
  return verdicts.includes('suspect') ? 'suspect' : 'valid'
}

/** The run was cut short, so the report is not whole. */
export function isPartial(report: Report): boolean {
  return report.interrupted === true || report.runs.some((run) => run.interrupted === true)
}

/** The latency to print for a run: in a closed loop nothing is intended before it is sent, so there is only service time. */
export function latencyKind(run: Run): {
  readonly kind: 'response' | 'service'
  readonly of: (measured: {
    readonly responseTime: LatencySummary
    readonly serviceTime: LatencySummary
  }) => LatencySummary
} {
  return run.workload.kind !== 'closed'
    ? { kind: 'response', of: ({ responseTime }) => responseTime }
    : { kind: 'service', of: ({ serviceTime }) => serviceTime }
}

/** Machine and runtime in one line. */
export function hostLine(host: Report['host']): string {
  const { cpus, memory } = host
  const usable = cpus.effective === cpus.logical ? '' : ` (${formatNumber(cpus.effective)} usable, ${cpus.source})`
  const isLimited = memory.limitBytes < memory.totalBytes
  return [
    `${formatQuantity(cpus.logical, 'CPU')}${usable} ${cpus.model}`,
    `${formatBytes(memory.limitBytes)}${isLimited ? ` of ${formatBytes(memory.totalBytes)}` : ''} memory`,
    `Node ${host.nodeVersion.replace(/^v/, '')}`,
    `${host.platform} ${host.kernel}`,
    ...(host.virtualization === null ? [] : [host.virtualization]),
  ].join(' · ')
}
