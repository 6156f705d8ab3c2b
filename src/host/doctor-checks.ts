import { loadavg } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'

import type { Milliseconds } from '../core/clock.ts'
import type { HostFacts } from '../core/host-facts.ts'
import { type Hiccups, measureHiccups } from './hiccups.ts'
import { type InterferenceSample, interferenceBetween, sampleInterference } from './interference.ts'
import { type Neighbours, type NeighbourSample, neighboursBetween, sampleNeighbours } from './neighbours.ts'
import { canPin } from './placement.ts'
import { accountProcess, memoryOf } from './process-account.ts'
import { systemClock } from './system-clock.ts'
import { listSystemDirectory, readSystemFile } from './system-files.ts'

/** One thing that makes measurements on a machine better or worse. */
export interface DoctorCheck {
  readonly name: string
  readonly status: 'ok' | 'warn' | 'unknown'
  /** What was found, with its unit. */
  readonly found: string
  /** What to do about it; null when there is nothing to do. */
  readonly advice: string | null
}

/** Where and how long to look. */
export interface DoctorOptions {
  /** Of the file system; `/` outside tests. */
  readonly root?: string
  /** How long the machine is watched while this process sleeps; then a spin loop runs as long again, 200 ms at most. */
  readonly watchMs?: Milliseconds
}

const DEFAULT_WATCH_MS: Milliseconds = 300
const LONGEST_SPIN_MS: Milliseconds = 200
/** Both ends of 4 000 connections on one machine. */
const ENOUGH_OPEN_FILES = 8_192
/** Connections that are closed and opened anew hold their port for a minute. */
const ENOUGH_PORTS = 10_000
/** What Node asks for when a server listens. */
const NODE_LISTEN_BACKLOG = 511
/** Above these, figures of a run move by more than the differences that it is to show. */
const BUSY_CPUS = 0.1
const STEAL_FRACTION = 0.01
const PAUSE_MS: Milliseconds = 5

/** Looks for everything on this machine that would spoil measurements. Takes about half a second. */
export async function runDoctorChecks(host: HostFacts, options: DoctorOptions = {}): Promise<readonly DoctorCheck[]> {
  const { root = '/', watchMs = DEFAULT_WATCH_MS } = options
  const sample = (): NeighbourSample | null => sampleNeighbours(() => [process.pid], { root })
  const before = { interference: sampleInterference(root), neighbours: sample() }
  await after(watchMs)
  const interference = sampleInterference(root)
  const neighbours = neighboursBetween(before.neighbours, sample())
  return [
    pinning(host),
    otherLoad(neighbours),
    hiccups(measureHiccups(Math.min(watchMs, LONGEST_SPIN_MS), systemClock)),
    steal(before.interference, interference),
    throttling(host, before.interference, interference),
    governor(root),
    processFacts(root),
    openFiles(root),
    ports(root),
    backlog(root),
  ]
}

function pinning(host: HostFacts): DoctorCheck {
  const name = 'CPU pinning'
  const usable = host.cpus.affinity.length
  if (!canPin())
    return warn(name, 'taskset cannot pin processes', 'install util-linux, or allow sched_setaffinity in the container')
  if (usable < 2)
    return warn(name, `only ${usable} usable CPU`, 'use two CPUs or more, or send the load from another machine')
  return ok(name, `works, ${usable} CPUs to share out`)
}

function otherLoad(neighbours: Neighbours | null): DoctorCheck {
  const name = 'other load'
  if (neighbours === null) return unknown(name)
  const { cpus, busiest } = neighbours
  const found = `${cpus.toFixed(2)} CPUs used by other processes, load average ${(loadavg()[0] ?? 0).toFixed(2)}`
  if (cpus < BUSY_CPUS) return ok(name, found)
  if (busiest === null)
    return warn(name, `${found}; none of them can be seen from here`, 'measure when the host is quieter')
  const culprit = `${busiest.name} (pid ${busiest.pid}) uses ${busiest.cpus.toFixed(2)}`
  return warn(name, `${found}; ${culprit}`, 'end it, or wait until it has finished')
}

function hiccups({ p99Ms, maxMs }: Hiccups): DoctorCheck {
  const name = 'hiccups'
  const found = `an idle spin loop pauses for ${maxMs.toFixed(2)} ms at most, p99 lateness ${p99Ms.toFixed(2)} ms`
  if (maxMs <= PAUSE_MS) return ok(name, found)
  return warn(
    name,
    found,
    'latencies below this are noise here: repeat runs, or use a quieter machine or a dedicated instance',
  )
}

function steal(before: InterferenceSample, now: InterferenceSample): DoctorCheck {
  const name = 'steal'
  if (now.totalMs === 0) return unknown(name)
  const { stealFraction } = interferenceBetween(before, now)
  const found = `${(stealFraction * 100).toFixed(1)} % of the CPU time goes to other guests of the hypervisor`
  if (stealFraction <= STEAL_FRACTION) return ok(name, found)
  return warn(name, found, 'measure at another time, or on an instance with dedicated CPUs')
}

function throttling({ cpus }: HostFacts, before: InterferenceSample, now: InterferenceSample): DoctorCheck {
  const name = 'CPU quota'
  if (cpus.quota === null) return ok(name, 'none')
  const { throttledCount } = interferenceBetween(before, now)
  const found = `${cpus.quota} CPUs (${cpus.effective === cpus.quota ? cpus.origin : 'not binding'}), throttled in ${now.throttledCount} periods so far`
  if (throttledCount === 0) return ok(name, found)
  return warn(
    name,
    `${found}, ${throttledCount} just now`,
    'raise the quota: a throttled process stands still for up to 100 ms',
  )
}

function governor(root: string): DoctorCheck {
  const name = 'CPU governor'
  const folder = '/sys/devices/system/cpu'
  const governors = listSystemDirectory(root, folder)
    .filter((entry) => /^cpu\d+$/.test(entry))
    .flatMap((entry) => readSystemFile(root, `${folder}/${entry}/cpufreq/scaling_governor`) ?? [])
  if (governors.length === 0) return unknown(name)
  const others = [...new Set(governors)].filter((each) => each !== 'performance')
  if (others.length === 0) return ok(name, 'performance')
  return warn(name, others.join(', '), 'sudo cpupower frequency-set -g performance')
}

function processFacts(root: string): DoctorCheck {
  const name = 'process accounts'
  const account = accountProcess(process.pid, root)
  if (account === undefined) return unknown(name)
  const missing = [
    ...(account.mainRunQueueDelayMs === null ? ['run-queue delay (schedstat)'] : []),
    ...((memoryOf(process.pid, root)?.pssBytes ?? null) === null ? ['PSS (smaps_rollup)'] : []),
  ]
  if (missing.length === 0) return ok(name, 'CPU time, run-queue delay and PSS can be read')
  return warn(
    name,
    `cannot read ${missing.join(' and ')}`,
    'use a kernel that has them; sizing advice falls back to coarser figures',
  )
}

function openFiles(root: string): DoctorCheck {
  const name = 'open files'
  const limits = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readSystemFile(root, '/proc/self/limits') ?? '')
  if (limits?.[1] === undefined) return unknown(name)
  const [soft, hard] = [limits[1], limits[2]]
  const found = `soft limit ${soft}, hard limit ${hard}`
  if (soft === 'unlimited' || Number(soft) >= ENOUGH_OPEN_FILES) return ok(name, found)
  return warn(name, found, `ulimit -n ${ENOUGH_OPEN_FILES}, or use fewer connections than half the soft limit`)
}

function ports(root: string): DoctorCheck {
  const name = 'local ports'
  const range = readSystemFile(root, '/proc/sys/net/ipv4/ip_local_port_range')?.split(/\s+/).map(Number)
  if (range === undefined) return unknown(name)
  const [first = 0, last = 0] = range
  const count = last - first + 1
  if (count >= ENOUGH_PORTS) return ok(name, `${count}`)
  return warn(name, `${count}`, 'sudo sysctl -w net.ipv4.ip_local_port_range="10240 65535", or keep connections alive')
}

function backlog(root: string): DoctorCheck {
  const name = 'listen backlog'
  const somaxconn = readSystemFile(root, '/proc/sys/net/core/somaxconn')
  if (somaxconn === undefined) return unknown(name)
  if (Number(somaxconn) >= NODE_LISTEN_BACKLOG) return ok(name, `somaxconn ${somaxconn}`)
  return warn(
    name,
    `somaxconn ${somaxconn}`,
    `sudo sysctl -w net.core.somaxconn=4096: bursts of new connections are refused`,
  )
}

function ok(name: string, found: string): DoctorCheck {
  return { name, status: 'ok', found, advice: null }
}

function warn(name: string, found: string, advice: string): DoctorCheck {
  return { name, status: 'warn', found, advice }
}

function unknown(name: string): DoctorCheck {
  return { name, status: 'unknown', found: 'this system does not tell', advice: null }
}
