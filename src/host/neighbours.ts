import { basename } from 'node:path'

import type { Milliseconds } from '../core/clock.ts'
import { readAffinity } from './cpu.ts'
import {
  MILLISECONDS_PER_TICK,
  type ProcessSnapshot,
  type ProcessStat,
  snapshotProcesses,
  withDescendants,
} from './processes.ts'
import { systemClock } from './system-clock.ts'
import { readSystemFile } from './system-files.ts'

/** How Node names its main thread, and so the process: its program says more. */
const UNTELLING_NAME = 'MainThread'

/** The CPU time of everything that runs here, at one moment. */
export interface NeighbourSample {
  readonly atMs: Milliseconds
  /** Busy time so far of each watched CPU, by its number. */
  readonly busyTicks: ReadonlyMap<number, number>
  readonly processes: ProcessSnapshot
  /** Of the file system that it was read from. */
  readonly root: string
  /** The processes that are ours. */
  readonly ownPids: ReadonlySet<number>
}

/** What processes that are not ours used between two samples. */
export interface Neighbours {
  /** CPU time / wall time on the watched CPUs, in CPUs. */
  readonly cpus: number
  /** How many CPUs were watched. */
  readonly ofCpus: number
  /** The process that used most; null when none can be seen, as in a container that shares its CPUs with others. */
  readonly busiest: { readonly name: string; readonly pid: number; readonly cpus: number } | null
}

/** Where to look. */
export interface NeighbourOptions {
  /** Numbers of the CPUs that we run on; none means all that this process may use. */
  readonly cpus?: readonly number[]
  /** Of the file system; `/` outside tests. */
  readonly root?: string
}

/**
 * Reads the account of every CPU and process: about 20 µs per process, so once before and once after a phase.
 *
 * @param targetPids the processes of the target; what descends from this process is ours anyway
 * @returns null when `targetPids` is empty or the system does not tell: a target that cannot be seen would pass for a neighbour
 */
export function sampleNeighbours(
  targetPids: () => readonly number[],
  { cpus = [], root = '/' }: NeighbourOptions = {},
): NeighbourSample | null {
  const pids = targetPids()
  const busyTicks = busyTicksOf(root, cpus.length > 0 ? cpus : readAffinity(root))
  if (pids.length === 0 || busyTicks.size === 0) return null
  const processes = snapshotProcesses(root)
  const ownPids = withDescendants(processes, [process.pid, ...pids])
  return { atMs: systemClock.now(), busyTicks, processes, root, ownPids }
}

/**
 * Compares two samples: the busy time of the watched CPUs, less what our own processes used. Interrupts count for nobody.
 * Short-lived processes count too, which have left no account of their own. Exact to about 0.02 CPU over a few seconds.
 *
 * @returns null when one of the samples is
 */
export function neighboursBetween(before: NeighbourSample | null, after: NeighbourSample | null): Neighbours | null {
  if (before === null || after === null) return null
  const elapsedTicks = Math.max(1, (after.atMs - before.atMs) / MILLISECONDS_PER_TICK)
  const ownPids = new Set([...before.ownPids, ...after.ownPids])
  let ownTicks = 0
  let busiest: Neighbours['busiest'] = null
  for (const [pid, ticks] of ticksUsed(before.processes, after.processes)) {
    const used = ticks / elapsedTicks
    if (ownPids.has(pid)) ownTicks += ticks
    else if (used > (busiest?.cpus ?? 0)) busiest = { name: nameOf(pid, after), pid, cpus: used }
  }
  const busyTicks = [...after.busyTicks].reduce((sum, [cpu, now]) => sum + now - (before.busyTicks.get(cpu) ?? now), 0)
  return { cpus: Math.max(0, busyTicks - ownTicks) / elapsedTicks, ofCpus: after.busyTicks.size, busiest }
}

/**
 * What each process used between two snapshots, with its children that ended meanwhile. The time of a child moves to its
 * parent when it ends, so what the child had used before is taken off again.
 */
function ticksUsed(before: ProcessSnapshot, after: ProcessSnapshot): ReadonlyMap<number, number> {
  const used = new Map<number, number>()
  for (const [pid, now] of after) {
    const then = isSame(before, after, pid) ? before.get(pid) : undefined
    used.set(pid, totalOf(now) - (then === undefined ? 0 : totalOf(then)))
  }
  for (const [pid, then] of before) {
    if (isSame(before, after, pid)) continue
    const heir = survivingAncestor(before, after, then.parentPid)
    // A parent that does not wait for its children never gets their time.
    if (heir !== undefined) used.set(heir, Math.max(0, (used.get(heir) ?? 0) - totalOf(then)))
  }
  return used
}

function nameOf(pid: number, { processes, root }: NeighbourSample): string {
  const name = processes.get(pid)?.name ?? ''
  if (name !== UNTELLING_NAME) return name
  const program = readSystemFile(root, `/proc/${pid}/cmdline`)?.split('\0')[0] ?? ''
  return program === '' ? name : basename(program)
}

function totalOf({ cpuTicks, endedChildrenTicks }: ProcessStat): number {
  return cpuTicks + endedChildrenTicks
}

/** A pid may have come again for another process. */
function isSame(before: ProcessSnapshot, after: ProcessSnapshot, pid: number): boolean {
  const start = before.get(pid)?.startTicks
  return start !== undefined && start === after.get(pid)?.startTicks
}

/** Whole families end together: `sh` with the compiler that it waited for. */
function survivingAncestor(before: ProcessSnapshot, after: ProcessSnapshot, pid: number): number | undefined {
  if (isSame(before, after, pid)) return pid
  const parent = before.get(pid)?.parentPid
  return parent === undefined ? undefined : survivingAncestor(before, after, parent)
}

/** User, nice and system time; what follows is idle, interrupts and steal. See proc_stat(5). */
function busyTicksOf(root: string, cpus: readonly number[]): ReadonlyMap<number, number> {
  const lines = (readSystemFile(root, '/proc/stat') ?? '').matchAll(/^cpu(\d+) (\d+) (\d+) (\d+) /gm)
  const busy = [...lines].map(
    ([, cpu, user, nice, system]) => [Number(cpu), Number(user) + Number(nice) + Number(system)] as const,
  )
  return new Map(busy.filter(([cpu]) => cpus.length === 0 || cpus.includes(cpu)))
}
