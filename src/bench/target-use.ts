import type { Milliseconds } from '../core/clock.ts'
import type { TargetUse, WorkerUse } from '../core/report.ts'
import { accountProcess, memoryOf, type ProcessAccount } from '../host/process-account.ts'
import type { TargetStats, WorkerStats } from '../server/messages.ts'
import type { Target } from './target.ts'

/** The cumulative accounts of all target processes at one moment. */
export interface TargetSample {
  readonly atMs: Milliseconds
  readonly accounts: ReadonlyMap<number, ProcessAccount>
  readonly stats: TargetStats | null
}

/** Reads the accounts; null when the processes of the target cannot be seen. */
export async function sampleTarget(target: Target): Promise<TargetSample | null> {
  const stats = await target.stats()
  const accounts = new Map<number, ProcessAccount>()
  for (const pid of target.pids()) {
    const account = accountProcess(pid)
    if (account !== undefined) accounts.set(pid, account)
  }
  return accounts.size === 0 ? null : { atMs: performance.now(), accounts, stats }
}

/** CPU time in ms so far by process id; empty when it cannot be seen. Cheap enough for twice a second. */
export function cpuMsByProcess(target: Target): ReadonlyMap<number, Milliseconds> {
  const accounts = target.pids().flatMap((pid) => accountProcess(pid) ?? [])
  return new Map(accounts.map(({ pid, cpuMs }) => [pid, cpuMs]))
}

/**
 * What the target used between two samples.
 *
 * @param completed requests that were answered in between; without any the figures per request are null
 */
export function targetUseBetween(before: TargetSample, after: TargetSample, completed: number): TargetUse {
  const workers = workersBetween(before, after)
  const cpuMs = sum(workers, (worker) => worker.cpuMs)
  const wallMs = Math.max(1, after.atMs - before.atMs)
  const busyMs = busyLoopMs(before, after)
  const pss = workers.map((worker) => worker.pssBytes)
  return {
    cpuMsPerRequest: completed === 0 ? null : cpuMs / completed,
    busyLoopMsPerRequest: completed === 0 || busyMs === null ? null : busyMs / completed,
    cpus: cpuMs / wallMs,
    rssBytes: sum(workers, (worker) => worker.rssBytes),
    pssBytes: pss.some((bytes) => bytes === null) ? null : sum(workers, (worker) => worker.pssBytes ?? 0),
    workers,
  }
}

/** The processes of the target one by one; a process that ended in between is left out. */
function workersBetween(before: TargetSample, after: TargetSample): readonly WorkerUse[] {
  const primaryPid = primaryPidOf([...after.accounts.keys()], after.stats)
  return [...after.accounts.values()].map((account) => {
    const earlier = before.accounts.get(account.pid)
    const memory = memoryOf(account.pid)
    const figures = workerFigures(before.stats, after.stats, account.pid)
    return {
      pid: account.pid,
      role: account.pid === primaryPid ? 'primary' : 'worker',
      cpuMs: account.cpuMs - (earlier?.cpuMs ?? 0),
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
  const workers = statsOfAll(before) === null ? null : statsOfAll(after)
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

/** The figures of all workers; null when one of them did not answer: sums over the others would be wrong. */
export function statsOfAll({ stats }: TargetSample): TargetStats['workers'] | null {
  return stats === null || stats.silentPids.length > 0 ? null : stats.workers
}

/** The process that only looks after the others: the one that says so, or the first of several. */
export function primaryPidOf(pids: readonly number[], stats: TargetStats | null): number | undefined {
  return stats?.primaryPid ?? (pids.length > 1 ? pids[0] : undefined)
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
