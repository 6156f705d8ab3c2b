import type { Milliseconds } from '../core/clock.ts'
import type { TimelineEntry } from '../core/report.ts'
import { residentBytes } from '../host/process-account.ts'
import type { TargetStats } from '../server/messages.ts'
import { serverSecondBetween } from './server-second.ts'
import type { Target } from './target.ts'
import { type AccountReading, type CpuAccount, cpuMsBetween, primaryPidOf } from './target-cpu.ts'
import { loopUtilizationBetween } from './target-use.ts'

/** What the target did in one second; a part that was not to be had is absent. */
export type TargetSecond = Pick<TimelineEntry, 'workers' | 'server'>

/** The accounts of the target at one moment, cheap enough for each second. */
export interface TargetReading {
  readonly atMs: Milliseconds
  /** The primary first. */
  readonly processes: readonly (CpuAccount & { readonly rssBytes: number | null })[]
  /** Null when the target has none to tell, or did not tell in time. */
  readonly stats: TargetStats | null
}

/** Looks at a running target once a second. */
export class TargetMonitor {
  readonly #target: Target
  #last: Promise<TargetReading>

  /** @param begun its accounts now */
  constructor(target: Target, begun: AccountReading) {
    this.#target = target
    this.#last = readTarget(target, begun)
  }

  /**
   * What the target did since the last call, or since the beginning. Never rejects: a target that is silent has no figures.
   *
   * @param ended its accounts now
   */
  async second(ended: AccountReading): Promise<TargetSecond> {
    const earlier = this.#last
    this.#last = readTarget(this.#target, ended)
    return targetSecondBetween(await earlier, await this.#last)
  }
}

/** The processes and the server between two readings; a process that ended in between is left out. */
export function targetSecondBetween(before: TargetReading, after: TargetReading): TargetSecond {
  if (after.processes.length === 0) return {}
  const server = serverSecondBetween(before.stats, after.stats)
  return { workers: workersBetween(before, after), ...(server === null ? {} : { server }) }
}

function workersBetween(before: TargetReading, after: TargetReading): NonNullable<TargetSecond['workers']> {
  const wallMs = Math.max(1, after.atMs - before.atMs)
  const usedMs = cpuMsBetween(before.processes, after.processes)
  const primaryPid = primaryPidOf(usedMs, after.stats)
  return after.processes.map(({ pid, rssBytes }) => ({
    pid,
    role: pid === primaryPid ? 'primary' : 'worker',
    cpus: (usedMs.get(pid) ?? 0) / wallMs,
    loopUtilization: loopUtilizationBetween(before.stats, after.stats, pid),
    rssBytes,
  }))
}

async function readTarget(target: Target, { atMs, accounts }: AccountReading): Promise<TargetReading> {
  const processes = accounts.map(({ pid, cpuMs }) => ({ pid, cpuMs, rssBytes: residentBytes(pid) ?? null }))
  return { atMs, processes, stats: await target.stats().catch(() => null) }
}
