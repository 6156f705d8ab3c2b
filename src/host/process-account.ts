import type { Milliseconds } from '../core/clock.ts'
import { listSystemDirectory, readSystemFile } from './system-files.ts'

/** USER_HZ: what Linux counts CPU ticks of user programs in, on every architecture that Node runs on. */
export const MILLISECONDS_PER_TICK = 10
const NANOSECONDS_PER_MILLISECOND = 1e6

/** What a process has used since it started. */
export interface ProcessAccount {
  readonly pid: number
  /** CPU time of all threads, also those that have ended. Never goes backwards. */
  readonly cpuMs: Milliseconds
  /** How long the main thread was ready to run but had no CPU; null when the kernel does not count it. */
  readonly mainRunQueueDelayMs: Milliseconds | null
}

/** What a process holds now. */
export interface ProcessMemory {
  readonly rssBytes: number
  /** Its share of the pages it shares with other processes, plus its own; null when it may not be read. */
  readonly pssBytes: number | null
}

/** The highest CPU time told of each process, by root, pid and start time (a pid may come again); a few bytes per process. */
const highestCpuMs = new Map<string, Milliseconds>()

/**
 * The CPU account of a process; cheap enough to be sampled each second.
 *
 * The sum over the threads is exact to the nanosecond but forgets threads that have ended; the total of the process knows
 * them but counts in ticks of 10 ms. The larger one is told, and never less than was told before.
 *
 * @returns undefined when the process is gone, and off Linux
 */
export function accountProcess(pid: number, root = '/'): ProcessAccount | undefined {
  const ticks = readProcessTicks(pid, root)
  if (ticks === undefined) return undefined
  const threadsNs = listSystemDirectory(root, `/proc/${pid}/task`).map(
    (thread) => schedstat(root, pid, thread)?.cpuNs ?? 0,
  )
  const key = `${root} ${pid} ${ticks.startTicks}`
  const cpuMs = Math.max(
    threadsNs.reduce((sum, ns) => sum + ns, 0) / NANOSECONDS_PER_MILLISECOND,
    ticks.cpuTicks * MILLISECONDS_PER_TICK,
    highestCpuMs.get(key) ?? 0,
  )
  highestCpuMs.set(key, cpuMs)
  const delayNs = schedstat(root, pid, String(pid))?.runQueueDelayNs
  return { pid, cpuMs, mainRunQueueDelayMs: delayNs === undefined ? null : delayNs / NANOSECONDS_PER_MILLISECOND }
}

/**
 * The memory of a process. PSS walks its page tables, which takes milliseconds: once or twice per run, not each second.
 *
 * @returns undefined when the process is gone, and off Linux
 */
export function memoryOf(pid: number, root = '/'): ProcessMemory | undefined {
  const rollup = readSystemFile(root, `/proc/${pid}/smaps_rollup`) ?? ''
  const rssBytes = kibibytes(rollup, 'Rss') ?? kibibytes(readSystemFile(root, `/proc/${pid}/status`) ?? '', 'VmRSS')
  return rssBytes === undefined ? undefined : { rssBytes, pssBytes: kibibytes(rollup, 'Pss') ?? null }
}

/** The resident set of a process, cheap enough for each second; undefined when the process is gone, and off Linux. */
export function residentBytes(pid: number, root = '/'): number | undefined {
  return kibibytes(readSystemFile(root, `/proc/${pid}/status`) ?? '', 'VmRSS')
}

/** What `/proc/PID/stat` tells of a process; times in ticks. */
export interface ProcessTicks {
  readonly name: string
  readonly parentPid: number
  /** Since boot: a pid may come again, but not with the same start. */
  readonly startTicks: number
  /** User and system time of all threads. */
  readonly cpuTicks: number
  /** The same of its children that have ended and were waited for, with theirs. */
  readonly endedChildrenTicks: number
}

/** The tick counters of a process; undefined when it is gone. See proc_pid_stat(5). */
export function readProcessTicks(pid: number, root: string): ProcessTicks | undefined {
  // The name may contain spaces and brackets, so the fields are counted from the last bracket: [0] is field 3.
  const match = /^\d+ \((.*)\) (.*)$/s.exec(readSystemFile(root, `/proc/${pid}/stat`) ?? '')
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  const fields = match[2].split(' ').map(Number)
  return {
    name: match[1],
    parentPid: fields[1] ?? 0,
    startTicks: fields[19] ?? 0,
    cpuTicks: (fields[11] ?? 0) + (fields[12] ?? 0),
    endedChildrenTicks: (fields[13] ?? 0) + (fields[14] ?? 0),
  }
}

function schedstat(
  root: string,
  pid: number,
  thread: string,
): { readonly cpuNs: number; readonly runQueueDelayNs: number } | undefined {
  const [cpuNs, runQueueDelayNs] = (readSystemFile(root, `/proc/${pid}/task/${thread}/schedstat`) ?? '')
    .split(' ')
    .map(Number)
  return cpuNs === undefined || runQueueDelayNs === undefined ? undefined : { cpuNs, runQueueDelayNs }
}

function kibibytes(text: string, name: string): number | undefined {
  const amount = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text)?.[1]
  return amount === undefined ? undefined : Number(amount) * 1_024
}
