import type { Objective } from '../core/objective.ts'
import type { Run, TargetUse, WorkerUse } from '../core/report.ts'
import type {
  CacheUse,
  DatabaseUse,
  MemoryFigures,
  SaturatedFigures,
  SizingInput,
  SteadyFigures,
} from '../sizing/sizing-input.ts'
import { WAIT_BOUNDS_MS } from '../resilience/wait-counts.ts'
import { BUSY_CPUS } from '../load/starved-fraction.ts'
import type { BenchOptions, Measurements } from './bench.ts'
import { concurrencyRamp } from './concurrency-ramp.ts'
import { cpuWork, threadPoolMsPerRequest } from './cpu-evidence.ts'
import { currentSettings } from './current-settings.ts'
import { measuredSpreads } from './measured-spreads.ts'
import { memoryGrowth } from './memory-growth.ts'
import type { PhaseOutcome } from './run-phase.ts'
import { runtimeLimits } from './runtime-limits.ts'
import { hasSimulators, upstreamUse } from './upstream-evidence.ts'
import { growthBetween, statsOfAll } from './worker-growth.ts'

/**
 * What the runs tell about sizing: capacity from the last closed phase, latency and upstream use from the last open one. A
 * target whose processes cannot be seen tells little.
 */
export function sizingEvidence(
  measurements: Measurements,
  options: BenchOptions,
  objectives: readonly Objective[],
): SizingInput {
  const { host, placement, workers } = measurements
  const closed = measurements.outcomes.findLast(({ run }) => run.workload.kind === 'closed')
  const open = measurements.outcomes.findLast(({ run }) => run.workload.kind === 'open')
  const last = open ?? closed
  return {
    measuredCpus: placement.targetEffectiveCpus,
    // A quota stands for the container that it will live in.
    deployedCpus: placement.mode === 'quota' ? placement.targetEffectiveCpus : host.cpus.effective,
    logicalCpus: host.cpus.logical,
    memoryLimitBytes: host.memory.limitBytes,
    workers,
    saturated: closed === undefined ? null : saturatedFigures(closed.run),
    steady: open === undefined ? null : steadyFigures(open, options),
    ramp: concurrencyRamp(measurements.outcomes.map(({ run }) => run)),
    memory: last === undefined ? null : memoryFigures(last),
    cache: last === undefined ? null : cacheUse(last),
    databaseConnectionLimit: last === undefined ? null : databaseConnectionLimit(last),
    latencyObjectiveMs: latencyBound(objectives),
    activeClients: activeClients(measurements, options),
    threadPoolMsPerRequest: last === undefined ? null : threadPoolMsPerRequest(last),
    cpuWork: open === undefined ? null : cpuWork(open),
    spreads: measuredSpreads(measurements.outcomes.map(({ run }) => run)),
    current: {
      ...(options.target.kind === 'bundled' ? currentSettings(options.target.settings) : {}),
      ...runtimeLimits(options, process.env),
    },
  }
}

/** What a phase at full load tells about the cost of a request; null when its CPU time is not known. */
export function saturatedFigures({ throughputPerS, targetUse }: Run): SaturatedFigures | null {
  if (targetUse === null || targetUse.cpuMsPerRequest === null || targetUse.cpuMsPerRequest <= 0) return null
  const workers = workersIn(targetUse)
  const primary = targetUse.workers.find(({ role }) => role === 'primary')
  const cpuMs = targetUse.workers.reduce((sum, each) => sum + each.cpuMs, 0)
  const utilizations = workers.flatMap(({ loopUtilization }) => loopUtilization ?? [])
  return {
    throughputPerS,
    cpuMsPerRequest: targetUse.cpuMsPerRequest,
    busyLoopMsPerRequest: positive(targetUse.busyLoopMsPerRequest),
    loopUtilization: meanOf(utilizations),
    primaryCpuMsPerRequest:
      primary === undefined || cpuMs <= 0 ? null : (targetUse.cpuMsPerRequest * primary.cpuMs) / cpuMs,
    busyWorkers: Math.max(1, workers.length),
  }
}

/** The processes that do the work. Beside a busy one, one that does not tell what it did and used next to nothing is a helper or a shell. */
function workersIn({ cpus, workers }: TargetUse): readonly WorkerUse[] {
  const all = workers.filter(({ role }) => role === 'worker')
  const leastMs = (BUSY_CPUS * workers.reduce((sum, { cpuMs }) => sum + cpuMs, 0)) / cpus
  const working = all.filter(({ requests, cpuMs }) => requests !== null || cpuMs > leastMs)
  return working.length > 0 ? working : all
}

function steadyFigures({ run, samples }: PhaseOutcome, options: BenchOptions): SteadyFigures | null {
  const { p99Ms } = run.responseTime
  const { p50Ms, meanMs } = run.serviceTime
  if (p99Ms === null || p50Ms === null) return null
  return {
    ratePerS: run.offeredPerS,
    responseP99Ms: p99Ms,
    serviceP50Ms: p50Ms,
    serviceMeanMs: meanMs,
    upstream: upstreamUse(run, samples, hasSimulators(options)),
    database: databaseUse(run, samples, isSqlite(options)),
  }
}

/** Uses of the database between both ends of the phase, all workers together. */
function databaseUse(
  run: Run,
  { before, after }: PhaseOutcome['samples'],
  isSqliteTarget: boolean,
): DatabaseUse | null {
  const grown = growthBetween(before?.stats ?? null, after?.stats ?? null)
  if (grown === null) return null
  const acquired = grown(({ database }) => database?.acquired ?? 0)
  const holdMs = grown(({ database }) => database?.holdMs ?? 0)
  const exhausted = grown(({ database }) => database?.exhausted ?? 0)
  if (acquired <= 0 || holdMs <= 0 || run.requests.good <= 0) return null
  return {
    usesPerRequest: acquired / run.requests.good,
    meanHoldMs: holdMs / acquired,
    uses: acquired + exhausted,
    waitCounts: Array.from({ length: WAIT_BOUNDS_MS.length + 1 }, (_, index) =>
      grown(({ database }) => database?.waitCounts[index] ?? 0),
    ),
    exhausted,
    isSqlite: isSqliteTarget,
  }
}

/** The least that any worker was told: those behind different addresses of a cluster may differ. */
function databaseConnectionLimit({ samples: { after } }: PhaseOutcome): number | null {
  const told = (after?.stats?.workers ?? []).flatMap(({ database }) => database?.connectionLimit ?? [])
  return told.length === 0 ? null : Math.min(...told)
}

function isSqlite({ target }: BenchOptions): boolean {
  return target.kind === 'bundled' && !String(target.settings.get('DATABASE_URL')?.value).startsWith('postgres')
}

/** Memory of the processes at the end of a phase; null when it is not known. */
export function memoryFigures({ run, samples }: PhaseOutcome): MemoryFigures | null {
  if (run.targetUse === null) return null
  const processes = run.targetUse.workers
  const isProportional = processes.every(({ pssBytes }) => pssBytes !== null)
  const bytesOf = (use: WorkerUse): number => (isProportional ? (use.pssBytes ?? 0) : use.rssBytes)
  const workers = workersIn(run.targetUse)
  const workerBytes = meanOf(workers.map(bytesOf))
  if (workerBytes === null || workerBytes <= 0) return null
  const primary = processes.find(({ role }) => role === 'primary')
  return {
    primaryBytes: primary === undefined ? 0 : bytesOf(primary),
    workerBytes,
    isProportional,
    heapUsedBytes: meanOf(samples.after?.stats?.workers.map(({ heapUsedBytes }) => heapUsedBytes) ?? []),
    workerResidentBytes: meanOf(workers.map(({ rssBytes }) => rssBytes)) ?? workerBytes,
    growthBytesPerRequest: memoryGrowth(run),
  }
}

function cacheUse({ samples: { before, after } }: PhaseOutcome): CacheUse | null {
  const grown = growthBetween(before?.stats ?? null, after?.stats ?? null)
  if (grown === null) return null
  const caches = (statsOfAll(after?.stats ?? null) ?? []).flatMap(({ cache }) => cache ?? [])
  const [entries, bytes] = [meanOf(caches.map((cache) => cache.entries)), meanOf(caches.map((cache) => cache.bytes))]
  if (entries === null || bytes === null) return null
  const hits = grown(({ cache }) => cache?.hits ?? 0)
  const lookups = hits + grown(({ cache }) => (cache === null ? 0 : cache.misses + cache.coalesced))
  return { entries, bytes, hitRate: lookups > 0 ? hits / lookups : null }
}

/** The users of the last phase that had any: each is a client to the limiter of the bundled server. */
function activeClients({ outcomes }: Measurements, { target }: BenchOptions): number | null {
  if (target.kind !== 'bundled') return null
  return outcomes.findLast(({ run }) => run.workload.kind === 'users')?.run.workload.users ?? null
}

function latencyBound(objectives: readonly Objective[]): number | null {
  return objectives.find(({ metric }) => metric.kind === 'responseTime')?.bound ?? null
}

function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
