import type { Milliseconds } from '../core/clock.ts'
import { MILLISECONDS_PER_TICK, readProcess } from './processes.ts'
import { listSystemDirectory, readSystemFile } from './system-files.ts'

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
  const ticks = readProcess(pid, root)
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
  const rssBytes = kibibytes(rollup, 'Rss') ?? residentBytes(pid, root)
  return rssBytes === undefined ? undefined : { rssBytes, pssBytes: kibibytes(rollup, 'Pss') ?? null }
}

/** The resident set of a process, cheap enough for each second; undefined when the process is gone, and off Linux. */
export function residentBytes(pid: number, root = '/'): number | undefined {
  return kibibytes(readSystemFile(root, `/proc/${pid}/status`) ?? '', 'VmRSS')
}

/** What libuv calls the threads of its pool, since 1.50. */
const POOL_THREAD = 'libuv-worker'

/**
 * CPU time that the threads of libuv's pool have used since they started: compression, files, crypto. They live as long as
 * their process. Looks at each thread, so that it is for once or twice per run.
 *
 * @returns undefined when there are none (the pool starts with its first task), and where they cannot be told apart
 */
export function threadPoolCpuMs(pid: number, root = '/'): Milliseconds | undefined {
  const pool = listSystemDirectory(root, `/proc/${pid}/task`).filter(
    (thread) => readSystemFile(root, `/proc/${pid}/task/${thread}/comm`)?.trim() === POOL_THREAD,
  )
  const used = pool.flatMap((thread) => schedstat(root, pid, thread)?.cpuNs ?? [])
  return used.length === 0 ? undefined : used.reduce((sum, ns) => sum + ns, 0) / NANOSECONDS_PER_MILLISECOND
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
