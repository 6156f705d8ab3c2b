import { type Objective, parseObjective } from '../core/objective.ts'
import type { Report, Run } from '../core/report.ts'
import { BYTES_PER_MEBIBYTE } from '../core/units.ts'
import { evaluateObjectives } from '../gate/evaluate.ts'
import type { MemoryFigures, SizingInput, SteadyFigures } from '../sizing/sizing-input.ts'
import type { ObjectiveRates, WhatIfEvidence } from '../sizing/what-if/what-if-evidence.ts'
import { measuredSpreads } from './measured-spreads.ts'
import { decisiveRuns } from './decisive-runs.ts'
import { memoryFigures, saturatedFigures } from './sizing-evidence.ts'

/**
 * What an earlier report tells about sizing: the figures of its runs, and of what it does not repeat (hold times, heap,
 * cache, pools) those that stand as evidence beside its recommendations. Capacity is that of the run at full load that the
 * report itself goes by.
 *
 * @throws {UsageError} when an objective of the report is none
 */
export function evidenceOfReport(report: Report): WhatIfEvidence {
  const { closed, open } = decisiveRuns(report)
  const objectives = report.verdict.checks
    .map(({ expected }) => parseObjective(expected))
    .filter(({ metric }) => /ResponseTime$|^responseTime$/.test(metric.kind))
  return {
    input: sizingInputOf(report, closed, open, objectives),
    objective: objectives.length === 0 ? null : objectiveRates(report.runs, objectives),
    growth: null,
    doubts: report.runs.some(({ validity }) => validity.verdict === 'suspect') ? ['the run is suspect'] : [],
  }
}

function sizingInputOf(
  report: Report,
  closed: Run | undefined,
  open: Run | undefined,
  objectives: readonly Objective[],
): SizingInput {
  const { host, placement, target } = report
  const last = open ?? closed
  const bytes = figureOf(report, 'CACHE_MAX_BYTES', 'usedBytes')
  return {
    measuredCpus: placement.targetEffectiveCpus,
    deployedCpus: placement.mode === 'quota' ? placement.targetEffectiveCpus : host.cpus.effective,
    logicalCpus: host.cpus.logical,
    memoryLimitBytes: host.memory.limitBytes,
    workers: report.tuning?.choice?.workers ?? target.workers,
    saturated: closed === undefined ? null : saturatedFigures(closed),
    steady: open === undefined ? null : steadyFigures(report, open),
    ramp: null,
    memory: last === undefined ? null : memoryOf(report, last),
    cache:
      bytes === null ? null : { entries: figureOf(report, 'CACHE_MAX_BYTES', 'entries') ?? 0, bytes, hitRate: null },
    databaseConnectionLimit: figureOf(report, 'DATABASE_POOL_SIZE', 'connectionLimit'),
    latencyObjectiveMs: objectives.find(({ metric }) => metric.kind === 'responseTime')?.bound ?? null,
    activeClients: null,
    threadPoolMsPerRequest: figureOf(report, 'UV_THREADPOOL_SIZE', 'threadPoolMsPerRequest'),
    cpuWork: null,
    // The last boots of a search compare other settings.
    spreads: measuredSpreads(report.tuning === undefined ? report.runs : [closed ?? [], open ?? []].flat()),
    current: Object.fromEntries(
      report.recommendations.flatMap(({ setting, current }) => (current === null ? [] : [[setting, current]])),
    ),
  }
}

function steadyFigures(report: Report, { offeredPerS, responseTime, serviceTime }: Run): SteadyFigures | null {
  if (responseTime.p99Ms === null || serviceTime.p50Ms === null) return null
  const meanHoldMs = figureOf(report, 'UPSTREAM_POOL_MAX', 'meanHoldMs')
  const callsPerRequest = figureOf(report, 'UPSTREAM_POOL_MAX', 'callsPerRequest')
  return {
    ratePerS: offeredPerS,
    responseP99Ms: responseTime.p99Ms,
    serviceP50Ms: serviceTime.p50Ms,
    serviceMeanMs: serviceTime.meanMs,
    upstream: meanHoldMs === null || callsPerRequest === null ? null : { meanHoldMs, callsPerRequest, counted: null },
    database: null,
  }
}

function memoryOf(report: Report, run: Run): MemoryFigures | null {
  const memory = memoryFigures({ run, samples: { before: null, after: null } })
  const heapUsedMiB = figureOf(report, '--max-old-space-size', 'heapUsedMiB')
  return memory === null || heapUsedMiB === null
    ? memory
    : { ...memory, heapUsedBytes: heapUsedMiB * BYTES_PER_MEBIBYTE }
}

/** The rates of the open phases by what the objectives say of each; a rate above one that missed does not count as kept. */
function objectiveRates(runs: readonly Run[], objectives: readonly Objective[]): ObjectiveRates {
  const ratesWith = (outcome: 'pass' | 'fail'): readonly number[] =>
    runs
      .filter((run) => run.workload.kind === 'open' && evaluateObjectives(objectives, [run]).outcome === outcome)
      .map(({ offeredPerS }) => offeredPerS)
  const missedPerS = Math.min(...ratesWith('fail'))
  const keptPerS = Math.max(...ratesWith('pass').filter((ratePerS) => ratePerS < missedPerS))
  return {
    keptPerS: Number.isFinite(keptPerS) ? keptPerS : null,
    missedPerS: Number.isFinite(missedPerS) ? missedPerS : null,
  }
}

function figureOf({ recommendations }: Report, setting: string, key: string): number | null {
  const figure = recommendations.find((recommendation) => recommendation.setting === setting)?.evidence[key]
  return typeof figure === 'number' ? figure : null
}
