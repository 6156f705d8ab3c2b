import type { Run } from '../core/report.ts'
import type { Objective } from '../core/objective.ts'
import type { TargetStats } from '../server/messages.ts'
import type {
  CacheUse,
  MemoryFigures,
  SaturatedFigures,
  SizedSetting,
  SizingInput,
  SteadyFigures,
  UpstreamUse,
} from '../sizing/sizing-input.ts'
import type { BenchOptions, Measurements } from './bench.ts'
import type { PhaseOutcome } from './run-phase.ts'
import { statsOfAll, type TargetSample } from './target-use.ts'

const SETTINGS_READ: readonly SizedSetting[] = ['UPSTREAM_POOL_MAX', 'QUEUE_SIZE', 'CACHE_MAX_BYTES', 'KEEP_ALIVE']

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
    deployedCpus: host.cpus.effective,
    logicalCpus: host.cpus.logical,
    memoryLimitBytes: host.memory.limitBytes,
    workers,
    saturated: closed === undefined ? null : saturatedFigures(closed.run),
    steady: open === undefined ? null : steadyFigures(open),
    memory: last === undefined ? null : memoryFigures(last),
    cache: last === undefined ? null : cacheUse(last),
    latencyObjectiveMs: latencyBound(objectives),
    current: currentSettings(options),
  }
}

function saturatedFigures({ throughputPerS, targetUse }: Run): SaturatedFigures | null {
  if (targetUse === null || targetUse.cpuMsPerRequest === null || targetUse.cpuMsPerRequest <= 0) return null
  const workers = targetUse.workers.filter(({ role }) => role === 'worker')
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
  }
}

function steadyFigures({ run, samples }: PhaseOutcome): SteadyFigures | null {
  const { p99Ms } = run.responseTime
  const { p50Ms } = run.serviceTime
  if (p99Ms === null || p50Ms === null) return null
  return { ratePerS: run.offeredPerS, responseP99Ms: p99Ms, serviceP50Ms: p50Ms, upstream: upstreamUse(run, samples) }
}

/** Upstream calls between both ends of the phase, all workers and upstreams together. */
function upstreamUse(run: Run, { before, after }: PhaseOutcome['samples']): UpstreamUse | null {
  const earlier = allWorkers(before)?.flatMap(({ upstreams }) => upstreams)
  const later = allWorkers(after)?.flatMap(({ upstreams }) => upstreams)
  if (earlier === undefined || later === undefined) return null
  const calls = sumOf(later, 'calls') - sumOf(earlier, 'calls')
  const holdMs = sumOf(later, 'holdMs') - sumOf(earlier, 'holdMs')
  if (calls <= 0 || holdMs <= 0 || run.requests.good <= 0) return null
  return { callsPerRequest: calls / run.requests.good, meanHoldMs: holdMs / calls }
}

function memoryFigures({ run, samples }: PhaseOutcome): MemoryFigures | null {
  const processes = run.targetUse?.workers ?? []
  const isProportional = processes.length > 0 && processes.every(({ pssBytes }) => pssBytes !== null)
  const bytesOf = (use: (typeof processes)[number]): number => (isProportional ? (use.pssBytes ?? 0) : use.rssBytes)
  const workerBytes = meanOf(processes.filter(({ role }) => role === 'worker').map(bytesOf))
  if (workerBytes === null || workerBytes <= 0) return null
  const primary = processes.find(({ role }) => role === 'primary')
  return {
    primaryBytes: primary === undefined ? 0 : bytesOf(primary),
    workerBytes,
    isProportional,
    heapUsedBytes: meanOf(samples.after?.stats?.workers.map(({ heapUsedBytes }) => heapUsedBytes) ?? []),
  }
}

function cacheUse({ samples: { before, after } }: PhaseOutcome): CacheUse | null {
  const caches = allWorkers(after)?.flatMap(({ cache }) => cache ?? [])
  const earlier = allWorkers(before)?.flatMap(({ cache }) => cache ?? [])
  if (caches === undefined || earlier === undefined) return null
  const [entries, bytes] = [meanOf(caches.map((cache) => cache.entries)), meanOf(caches.map((cache) => cache.bytes))]
  if (entries === null || bytes === null) return null
  const hits = sumOf(caches, 'hits') - sumOf(earlier, 'hits')
  const lookups =
    hits + sumOf(caches, 'misses') + sumOf(caches, 'coalesced') - sumOf(earlier, 'misses') - sumOf(earlier, 'coalesced')
  return { entries, bytes, hitRate: lookups > 0 ? hits / lookups : null }
}

/** Undefined when not every worker told its figures. */
function allWorkers(sample: TargetSample | null): TargetStats['workers'] | undefined {
  return (sample === null ? null : statsOfAll(sample)) ?? undefined
}

function latencyBound(objectives: readonly Objective[]): number | null {
  return objectives.find(({ metric }) => metric.kind === 'responseTime')?.bound ?? null
}

function currentSettings(options: BenchOptions): SizingInput['current'] {
  if (options.target.kind !== 'bundled') return {}
  const current: Partial<Record<SizedSetting, number>> = {}
  for (const name of SETTINGS_READ) {
    const value = options.target.settings.get(name)?.value
    if (typeof value === 'number') current[name] = value
  }
  return current
}

function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

function sumOf<Key extends string>(items: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return items.reduce((sum, item) => sum + item[key], 0)
}
