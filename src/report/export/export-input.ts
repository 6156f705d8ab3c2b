import type { Recommendation } from '../../core/recommendation.ts'
import type { Report, Tuning } from '../../core/report.ts'
import { formatRate } from '../format.ts'
import { hostLine, overallValidity, runLabel } from '../run-facts.ts'
import { type Advised, sortAdvice } from './advised.ts'
import { type Thresholds, thresholdsOf } from './thresholds.ts'

/** What every kind of file is made of. Texts come from the report and may hold anything; names do not. */
export interface ExportInput {
  /** Sentences for the head of the file: where and how it was measured, and what was left out. */
  readonly origin: readonly string[]
  readonly advised: readonly Advised[]
  /** What the advice was worked out for. */
  readonly cpus: number
  readonly memoryBytes: number
  readonly capacity: Capacity | null
  readonly database: DatabaseShare | null
  readonly thresholds: Thresholds
}

/** What one machine, or one replica, can serve with the recommended workers; above 0. */
export interface Capacity {
  readonly perS: number
  readonly evidence: string
}

/** The connections of one replica, and those that the database server grants to all; both above 0. */
export interface DatabaseShare {
  readonly connections: number
  readonly limit: number
}

/** Gathers what a report says into what files need. */
export function exportInputOf(report: Report): ExportInput {
  const { advised, refused } = sortAdvice(report.recommendations)
  return {
    origin: [...originOf(report), ...refused],
    advised,
    cpus: report.host.cpus.effective,
    memoryBytes: report.host.memory.limitBytes,
    capacity: capacityOf(report),
    database: databaseShareOf(report.recommendations),
    thresholds: thresholdsOf(report.verdict.checks.map(({ expected }) => expected)),
  }
}

function originOf(report: Report): readonly string[] {
  const { tool, createdAt, command, host, runs } = report
  const reasons = runs.flatMap((run) =>
    run.validity.reasons.map(({ evidence }) => `Suspect run ${runLabel(run, runs)}: ${evidence}.`),
  )
  return [
    `tune ${tool.version}, ${createdAt}: ${command}`,
    `${hostLine(host)}.`,
    ...(overallValidity(report) === 'valid' ? ['All runs are valid.'] : reasons),
  ]
}

/**
 * Only with a worker count that may be set: without one nobody looked at whether the target was filled. After a search it is
 * what keeps the objectives, else what a closed loop got out of it.
 */
function capacityOf({ recommendations, tuning }: Report): Capacity | null {
  const workers = recommendations.find(({ setting }) => setting === 'WEB_CONCURRENCY')
  if (workers === undefined || workers.confidence === 'low') return null
  const isMeasured = workers.basis === 'measured'
  const fullPerS = positive(workers.evidence[isMeasured ? 'measuredThroughputPerS' : 'modelledThroughputPerS'])
  if (fullPerS === null) return null
  const keptShare = tuning === undefined ? 1 : shareThatKeeps(tuning)
  if (keptShare === null) return null
  const how = isMeasured ? 'measured' : 'modelled from the measured CPU time of a request'
  const kept =
    tuning?.capacity === undefined || tuning.capacity === null
      ? ''
      : `, keeping ${tuning.capacity.objectives.join(' and ')}`
  const perS = fullPerS * keptShare
  return { perS, evidence: `Capacity ${formatRate(perS)} with WEB_CONCURRENCY=${workers.value}${kept}, ${how}.` }
}

/** Of the highest throughput, what keeps the objectives; null where no rate was found that does. */
function shareThatKeeps({ capacity, choice }: Tuning): number | null {
  return capacity === null || choice === null ? null : Math.min(1, capacity.ratePerS / choice.throughputPerS)
}

function databaseShareOf(recommendations: readonly Recommendation[]): DatabaseShare | null {
  const pool = recommendations.find(({ setting }) => setting === 'DATABASE_POOL_SIZE')
  const connections = positive(pool?.evidence['connectionsTogether'])
  const limit = positive(pool?.evidence['connectionLimit'])
  return connections === null || limit === null ? null : { connections, limit }
}

function positive(figure: number | string | undefined): number | null {
  return typeof figure === 'number' && figure > 0 ? figure : null
}
