import { listSystemDirectory, readSystemFile } from './system-files.ts'

/** USER_HZ: what Linux counts CPU ticks of user programs in, on every architecture that Node runs on. */
export const MILLISECONDS_PER_TICK = 10

/** What `/proc/PID/stat` tells of a process; times in ticks. */
export interface ProcessStat {
  readonly name: string
  /** It has ended, and its parent has not asked how yet. */
  readonly isZombie: boolean
  readonly parentPid: number
  readonly sessionId: number
  /** Since boot: a pid may come again, but not with the same start. */
  readonly startTicks: number
  /** User and system time of all threads. */
  readonly cpuTicks: number
  /** The same of its children that have ended and were waited for, with theirs. */
  readonly endedChildrenTicks: number
}

/** Every process that may be seen, by pid. */
export type ProcessSnapshot = ReadonlyMap<number, ProcessStat>

/** The state and the tick counters of a process; undefined when it is gone, and off Linux. See proc_pid_stat(5). */
export function readProcess(pid: number, root: string): ProcessStat | undefined {
  // The name may contain spaces and brackets, so the fields are counted from the last bracket: [0] is field 3.
  const match = /^\d+ \((.*)\) (\S)(.*)$/s.exec(readSystemFile(root, `/proc/${pid}/stat`) ?? '')
  if (match === null) return undefined
  const [, name = '', state = '', rest = ''] = match
  const fields = rest.split(' ').map(Number)
  return {
    name,
    isZombie: state === 'Z' || state === 'X',
    parentPid: fields[1] ?? 0,
    sessionId: fields[3] ?? 0,
    startTicks: fields[19] ?? 0,
    cpuTicks: (fields[11] ?? 0) + (fields[12] ?? 0),
    endedChildrenTicks: (fields[13] ?? 0) + (fields[14] ?? 0),
  }
}

/** Reads every process; about 20 µs each. */
export function snapshotProcesses(root: string): ProcessSnapshot {
  const pids = listSystemDirectory(root, '/proc').filter((name) => /^\d+$/.test(name))
  return new Map(
    pids.flatMap((pid) => {
      const process = readProcess(Number(pid), root)
      return process === undefined ? [] : [[Number(pid), process] as const]
    }),
  )
}

/** The roots and everything that descends from them. */
export function withDescendants(processes: ProcessSnapshot, roots: readonly number[]): ReadonlySet<number> {
  const found = new Set(roots)
  let size = -1
  while (size < found.size) {
    size = found.size
    for (const [pid, { parentPid }] of processes) if (found.has(parentPid)) found.add(pid)
  }
  return found
}
