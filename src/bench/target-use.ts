import type { Milliseconds } from '../core/clock.ts'
import type { TargetUse, WorkerUse } from '../core/report.ts'
import { memoryOf, type ProcessAccount, threadPoolCpuMs } from '../host/process-account.ts'
import type { TargetStats, WorkerStats } from '../server/messages.ts'
import type { Target } from './target.ts'
import { type AccountReading, cpuMsBetween, primaryPidOf } from './target-cpu.ts'
import { statsOfAll } from './worker-growth.ts'

/** The looks at both ends cost a few milliseconds of CPU time. */
const SHORTEST_LOADED_MS: Milliseconds = 200

/** The cumulative accounts of all target processes at one moment. */
export interface TargetSample {
  readonly atMs: Milliseconds
  readonly accounts: ReadonlyMap<number, ProcessAccount>
  readonly stats: TargetStats | null
  /** CPU time so far of libuv's threads by process; one without such threads is absent. Absent as a whole when nobody looked. */
  readonly threadPools?: ReadonlyMap<number, Milliseconds>
}

/** A target that does not tell its figures in time has none: whether it is dead, `died` tells. */
export function statsOf(target: Target): Promise<TargetStats | null> {
  return target.stats().catch(() => null)
}

/** Puts together what was read at one moment; null when the processes of the target cannot be seen. */
export function sampleOf({ atMs, accounts }: AccountReading, stats: TargetStats | null): TargetSample | null {
  if (accounts.length === 0) return null
  const pools = accounts.flatMap(({ pid }) => {
    const cpuMs = threadPoolCpuMs(pid)
    return cpuMs === undefined ? [] : [[pid, cpuMs] as const]
  })
  return {
    atMs,
    accounts: new Map(accounts.map((account) => [account.pid, account])),
    stats,
    threadPools: new Map(pools),
  }
}

/**
 * What the target used between two samples.
 *
 * @param completed requests that were answered in between; without any the figures per request are null
 * @param loadedMs how long there was load in between: shares of the CPUs are of this time, see `loadedMsBetween`
 */
export function targetUseBetween(
  before: TargetSample,
  after: TargetSample,
  completed: number,
  loadedMs: Milliseconds,
): TargetUse {
  const workers = workersBetween(before, after)
  const cpuMs = sum(workers, (worker) => worker.cpuMs)
  const busyMs = busyLoopMs(before, after)
  const pss = workers.map((worker) => worker.pssBytes)
  return {
    cpuMsPerRequest: completed === 0 ? null : cpuMs / completed,
    busyLoopMsPerRequest: completed === 0 || busyMs === null ? null : busyMs / completed,
    cpus: cpuMs / loadedMs,
    rssBytes: sum(workers, (worker) => worker.rssBytes),
    pssBytes: pss.some((bytes) => bytes === null) ? null : sum(workers, (worker) => worker.pssBytes ?? 0),
    workers,
  }
}

/**
 * The time that shares of the CPUs are of: that of the load, because the samples lie some 50 ms outside of it, in which the
 * target is idle. In a shorter phase what the looks themselves cost would be taken for load.
 *
 * @param phaseMs from the start of the phase to its last answer
 * @returns at least 1
 */
export function loadedMsBetween(before: TargetSample, after: TargetSample, phaseMs: Milliseconds): Milliseconds {
  return Math.max(1, Math.min(after.atMs - before.atMs, Math.max(phaseMs, SHORTEST_LOADED_MS)))
}

/** The processes of the target one by one; a process that ended in between is left out. */
function workersBetween(before: TargetSample, after: TargetSample): readonly WorkerUse[] {
  const usedMs = cpuMsBetween(before.accounts.values(), after.accounts.values())
  const primaryPid = primaryPidOf(usedMs, after.stats)
  return [...after.accounts.values()].map((account) => {
    const earlier = before.accounts.get(account.pid)
    const memory = memoryOf(account.pid)
    const figures = workerFigures(before.stats, after.stats, account.pid)
    return {
      pid: account.pid,
      role: account.pid === primaryPid ? 'primary' : 'worker',
      cpuMs: usedMs.get(account.pid) ?? 0,
      runQueueDelayMs:
        account.mainRunQueueDelayMs === null ? null : account.mainRunQueueDelayMs - (earlier?.mainRunQueueDelayMs ?? 0),
      loopUtilization: loopUtilizationBetween(before.stats, after.stats, account.pid),
      rssBytes: memory?.rssBytes ?? 0,
      pssBytes: memory?.pssBytes ?? null,
      requests: figures.now === undefined ? null : figures.now.requests - (figures.earlier?.requests ?? 0),
    }
  })
}

/**
 * Event-loop time that was really busy: active time less the time in which the thread waited for a CPU. Utilization alone
 * counts that wait as work and so overstates a loop that shares its core.
 */
function busyLoopMs(before: TargetSample, after: TargetSample): Milliseconds | null {
  const workers = statsOfAll(before.stats) === null ? null : statsOfAll(after.stats)
  if (workers === null) return null
  let busyMs = 0
  for (const worker of workers) {
    const account = after.accounts.get(worker.pid)
    if (account?.mainRunQueueDelayMs === undefined || account.mainRunQueueDelayMs === null) return null
    const activeMs = worker.loopActiveMs - (workerStats(before.stats, worker.pid)?.loopActiveMs ?? 0)
    const delayMs = account.mainRunQueueDelayMs - (before.accounts.get(worker.pid)?.mainRunQueueDelayMs ?? 0)
    busyMs += Math.max(0, activeMs - delayMs)
  }
  return busyMs
}

/** Share of the time between two looks in which the event loop of a worker was active, 0..1; null when it did not tell. */
export function loopUtilizationBetween(
  before: TargetStats | null,
  after: TargetStats | null,
  pid: number,
): number | null {
  const { now, earlier } = workerFigures(before, after, pid)
  if (now === undefined) return null
  const activeMs = now.loopActiveMs - (earlier?.loopActiveMs ?? 0)
  const idleMs = now.loopIdleMs - (earlier?.loopIdleMs ?? 0)
  return activeMs + idleMs <= 0 ? null : activeMs / (activeMs + idleMs)
}

/** A worker that did not answer then has no figures to subtract; one that is new had none. */
function workerFigures(
  before: TargetStats | null,
  after: TargetStats | null,
  pid: number,
): { readonly now: WorkerStats | undefined; readonly earlier: WorkerStats | undefined } {
  const wasSilent = before === null || before.silentPids.includes(pid)
  return { now: wasSilent ? undefined : workerStats(after, pid), earlier: workerStats(before, pid) }
}

function workerStats(stats: TargetStats | null, pid: number): WorkerStats | undefined {
  return stats?.workers.find((worker) => worker.pid === pid)
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}
