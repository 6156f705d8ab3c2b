import type { Milliseconds } from '../core/clock.ts'
import { accountProcess, type ProcessAccount } from '../host/process-account.ts'
import type { TargetStats } from '../server/messages.ts'
import type { Target } from './target.ts'
import { grownBy } from './worker-growth.ts'

/** The CPU time of a process so far. */
export type CpuAccount = Pick<ProcessAccount, 'pid' | 'cpuMs'>

/** The accounts of all processes of a target at one moment. */
export interface AccountReading {
  /** Of `performance.now()`. */
  readonly atMs: Milliseconds
  /** The first process first; empty when they cannot be seen. */
  readonly accounts: readonly ProcessAccount[]
}

/** Reads the accounts, once for everybody who wants to know them at this moment; cheap enough for ten times a second. */
export function readAccounts(target: Target): AccountReading {
  return { atMs: performance.now(), accounts: target.pids().flatMap((pid) => accountProcess(pid) ?? []) }
}

/** The CPU time of all processes of the target up to then; null when it cannot be seen. */
export function totalCpuMs({ accounts }: AccountReading): Milliseconds | null {
  return accounts.length === 0 ? null : accounts.reduce((sum, { cpuMs }) => sum + cpuMs, 0)
}

/** What each process used between two readings, by process id in the order of `after`; one that is new counts from its start. */
export function cpuMsBetween(
  before: Iterable<CpuAccount>,
  after: Iterable<CpuAccount>,
): ReadonlyMap<number, Milliseconds> {
  const earlierMs = new Map([...before].map(({ pid, cpuMs }) => [pid, cpuMs]))
  return new Map([...after].map(({ pid, cpuMs }) => [pid, grownBy(cpuMs, earlierMs.get(pid) ?? 0)]))
}

/**
 * The process that only looks after the others: the one that says so, or the first when another one used more CPU time. An
 * application that has a helper beside it is no such process.
 *
 * @param usedMs what `cpuMsBetween` gives
 */
export function primaryPidOf(usedMs: ReadonlyMap<number, Milliseconds>, stats: TargetStats | null): number | undefined {
  if (stats !== null) return stats.primaryPid
  const [first] = usedMs
  if (first === undefined) return undefined
  const [pid, firstMs] = first
  return [...usedMs.values()].some((ms) => ms > firstMs) ? pid : undefined
}
