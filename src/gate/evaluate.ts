import type { Objective } from '../core/objective.ts'
import type { Check, Run, Verdict } from '../core/report.ts'
import { errorFinding, type Finding, latencyFinding, rateFinding } from './findings.ts'

/**
 * Judges every objective by the runs that can answer it. One check each, in the order given.
 *
 * Response times and error rates are taken from the phases with an open workload when there are any, rates from those with
 * a closed one: an open phase shows what independent clients see, a closed phase finds the capacity. Otherwise all runs
 * count. Runs are merged, never averaged.
 *
 * A phase that is invalid leaves all checks inconclusive, because the phases after it build on it; one without samples its
 * own: no data never passes.
 *
 * @param runs measured phases, any order
 * @returns `none` without objectives; else fail when a check failed, inconclusive when one is, pass when all passed
 * @throws {UsageError} when the histogram of a run cannot be read
 */
export function evaluateObjectives(objectives: readonly Objective[], runs: readonly Run[]): Verdict {
  const checks = objectives.map((objective) => evaluate(objective, runs))
  return { outcome: outcomeOf(checks), checks }
}

function outcomeOf(checks: readonly Check[]): Verdict['outcome'] {
  if (checks.length === 0) return 'none'
  if (checks.some((check) => check.outcome === 'fail')) return 'fail'
  return checks.some((check) => check.outcome === 'inconclusive') ? 'inconclusive' : 'pass'
}

function evaluate(objective: Objective, runs: readonly Run[]): Check {
  const judged = runsFor(objective, runs)
  const finding = findingFor(objective, judged)
  const doubt = doubtAbout(judged, runs, finding)
  return {
    name: `${nameOf(objective)} (${phasesOf(judged)})`,
    expected: objective.text,
    actual: doubt === null ? finding.actual : `${finding.actual}, but ${doubt}`,
    interval: finding.interval === null ? null : [finding.interval[0], finding.interval[1]],
    outcome: doubt === null ? finding.outcome : 'inconclusive',
  }
}

/** Why the finding proves nothing; null when it stands. */
function doubtAbout(judged: readonly Run[], runs: readonly Run[], finding: Finding): string | null {
  const invalid = runs.filter((run) => run.validity.verdict === 'invalid')
  if (invalid.length > 0) return `the run is invalid (${phasesOf(invalid)})`
  const hasGood = judged.some((run) => run.requests.good > 0)
  return finding.outcome === 'pass' && !hasGood ? 'there was no good answer' : null
}

function findingFor(objective: Objective, runs: readonly Run[]): Finding {
  switch (objective.metric.kind) {
    case 'responseTime':
    case 'meanResponseTime':
    case 'maxResponseTime':
      return latencyFinding(objective, objective.metric, runs)
    case 'errorRate':
      return errorFinding(objective, runs)
    case 'throughput':
    case 'goodput':
      return rateFinding(objective, objective.metric.kind, runs)
  }
}

function runsFor(objective: Objective, runs: readonly Run[]): readonly Run[] {
  const isRate = objective.metric.kind === 'throughput' || objective.metric.kind === 'goodput'
  const preferred = runs.filter((run) => run.workload.kind === (isRate ? 'closed' : 'open'))
  return preferred.length === 0 ? runs : preferred
}

function nameOf({ metric }: Objective): string {
  switch (metric.kind) {
    case 'responseTime':
      return `p${Number((metric.quantile * 100).toFixed(4))} response time`
    case 'meanResponseTime':
      return 'mean response time'
    case 'maxResponseTime':
      return 'max response time'
    case 'errorRate':
      return 'error rate'
    case 'throughput':
    case 'goodput':
      return metric.kind
  }
}

function phasesOf(runs: readonly Run[]): string {
  const phases = new Set(runs.map((run) => `${run.phase}, ${run.workload.kind}`))
  return phases.size === 0 ? 'no measured phase' : [...phases].join('; ')
}
