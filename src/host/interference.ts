import type { Milliseconds } from '../core/clock.ts'
import { cgroupDirectories } from './cgroup.ts'
import { MILLISECONDS_PER_TICK } from './processes.ts'
import { readSystemFile } from './system-files.ts'

/** What the hypervisor and the quota have taken since boot; zeros where the system does not tell. */
export interface InterferenceSample {
  /** Time in which a CPU was ready to work for us but the hypervisor let another guest run, over all CPUs. */
  readonly stealMs: Milliseconds
  /** CPU time of any kind, also idle, over all CPUs. */
  readonly totalMs: Milliseconds
  /** Periods in which the quota of this cgroup or an ancestor was used up. */
  readonly throttledCount: number
}

/** What was taken between two samples. */
export interface Interference {
  /** 0..1 of all CPU time. */
  readonly stealFraction: number
  readonly throttledCount: number
}

/** Reads the counters of the machine and of the cgroups of this process. */
export function sampleInterference(root = '/'): InterferenceSample {
  const throttled = cgroupDirectories(root, 'cpu').map(({ path }) => counter(root, path, 'nr_throttled'))
  return { ...cpuTimes(root), throttledCount: throttled.reduce((sum, count) => sum + count, 0) }
}

/** The difference of two samples of the same machine. */
export function interferenceBetween(before: InterferenceSample, after: InterferenceSample): Interference {
  const totalMs = after.totalMs - before.totalMs
  return {
    stealFraction: totalMs > 0 ? Math.max(0, after.stealMs - before.stealMs) / totalMs : 0,
    throttledCount: Math.max(0, after.throttledCount - before.throttledCount),
  }
}

/** user, nice, system, idle, iowait, irq, softirq, steal; guest time, which follows, is a part of user. See proc_stat(5). */
function cpuTimes(root: string): Pick<InterferenceSample, 'stealMs' | 'totalMs'> {
  const line = /^cpu +(.*)$/m.exec(readSystemFile(root, '/proc/stat') ?? '')?.[1] ?? ''
  const ticks = line.split(' ').slice(0, 8).map(Number)
  return {
    stealMs: (ticks[7] ?? 0) * MILLISECONDS_PER_TICK,
    totalMs: ticks.reduce((sum, count) => sum + count, 0) * MILLISECONDS_PER_TICK,
  }
}

/** How long the processes of a control group stood still so far because its quota was used up, over all CPUs. */
export function throttledMs(root: string, path: string): Milliseconds {
  // v1 counts nanoseconds, v2 microseconds; a file has one of them.
  return counter(root, path, 'throttled_time') / 1e6 + counter(root, path, 'throttled_usec') / 1e3
}

function counter(root: string, path: string, name: string): number {
  const stat = readSystemFile(root, `${path}/cpu.stat`) ?? ''
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0)
}
