import type { Milliseconds } from '../core/clock.ts'
import { MILLISECONDS_PER_TICK, type ProcessTicks, readProcessTicks } from './process-account.ts'
import { listSystemDirectory } from './system-files.ts'

/** CPU time so far of every process that may be seen, by pid. */
export type ProcessSnapshot = ReadonlyMap<number, ProcessTicks>

/** What other processes used between two snapshots. */
export interface OtherLoad {
  /** CPU time / wall time of all of them, in CPUs. */
  readonly cpus: number
  /** The one that used most; null when none used any. */
  readonly busiest: { readonly pid: number; readonly name: string; readonly cpus: number } | null
}

/** Reads the account of every process; about 20 µs each. */
export function snapshotProcesses(root: string): ProcessSnapshot {
  const pids = listSystemDirectory(root, '/proc').filter((name) => /^\d+$/.test(name))
  return new Map(
    pids.flatMap((pid) => {
      const ticks = readProcessTicks(Number(pid), root)
      return ticks === undefined ? [] : [[Number(pid), ticks] as const]
    }),
  )
}

/**
 * Compares two snapshots. The kernel counts in ticks of 10 ms, so over 300 ms a share is exact to 0.03 CPU.
 *
 * @param ownPid is left out, and so is what had not begun at the first snapshot
 */
export function otherLoadBetween(
  before: ProcessSnapshot,
  after: ProcessSnapshot,
  elapsedMs: Milliseconds,
  ownPid: number,
): OtherLoad {
  const others = [...after].flatMap(([pid, now]) => {
    const then = before.get(pid)
    if (pid === ownPid || then?.startTicks !== now.startTicks || now.cpuTicks === then.cpuTicks) return []
    return [{ pid, name: now.name, cpus: ((now.cpuTicks - then.cpuTicks) * MILLISECONDS_PER_TICK) / elapsedMs }]
  })
  return {
    cpus: others.reduce((sum, { cpus }) => sum + cpus, 0),
    busiest: others.toSorted((a, b) => b.cpus - a.cpus)[0] ?? null,
  }
}
