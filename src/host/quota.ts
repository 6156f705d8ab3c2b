import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

import type { Milliseconds } from '../core/clock.ts'
import { messageOf, TargetError, UsageError } from '../core/errors.ts'
import { type CgroupDirectory, cgroupDirectories } from './cgroup.ts'
import { throttledMs } from './interference.ts'

/** What the kernel takes for granted, and what Docker and Kubernetes use. */
const PERIOD_US = 100_000
/** The kernel refuses less than a millisecond per period. */
const MIN_CPUS = 0.01
/** How long the processes of a quota may take to be gone when it is removed. */
const REMOVAL_PATIENCE_MS: Milliseconds = 1_000
const REMOVAL_STEP_MS: Milliseconds = 20

/** A limit on the CPU time of some processes together, as containers have it. */
export interface CpuQuota {
  /**
   * Puts a process under the quota. Its children of later are born under it; those it has already are not moved.
   *
   * @throws {TargetError} when the process is gone
   */
  readonly add: (pid: number) => void
  /** Takes the quota away once its processes have ended; waits for them for a second, and leaves the rest to the next start. */
  readonly remove: () => Promise<void>
  /** How long its processes stood still so far because the quota of a period was used up, over all CPUs. */
  readonly throttledMs: () => Milliseconds
}

/**
 * Creates a CPU quota in a control group `tune-<pid>` below our own. One per process: a second one replaces the first.
 *
 * In cgroup v2 a group with processes cannot hand out CPU time, so there the group may have to lie beside ours, below the
 * nearest ancestor that can; limits in between do not bind it then. Quotas that earlier processes have left are removed.
 *
 * @param cpus 0.01 or more; fractions are what it is made for
 * @throws {UsageError} when `cpus` is out of range
 * @throws {TargetError} when no control group may be created, or the kernel does not take the quota
 */
export function createCpuQuota(cpus: number, root = '/'): CpuQuota {
  if (!(cpus >= MIN_CPUS)) throw new UsageError(`a CPU quota must be ${MIN_CPUS} CPUs or more, got ${cpus}`)
  const path = createGroup(root, Math.round(cpus * PERIOD_US))
  return {
    add: (pid) => addTo(path, pid),
    remove: () => removeGroup(path),
    throttledMs: () => throttledMs('/', path),
  }
}

/** The file that only exists in a group that can have a quota. */
const QUOTA_FILE = { v1: 'cpu.cfs_quota_us', v2: 'cpu.max' } as const

/** Its path. Nearest first; the hierarchy of v1 is tried first where both are mounted, as the controller lives there if it is there. */
function createGroup(root: string, quotaUs: number): string {
  const problems: string[] = []
  for (const { version, path: parent } of cgroupDirectories(root, 'cpu')) {
    const inside = join(root, parent)
    const path = join(inside, `tune-${process.pid}`)
    try {
      removeStale(inside)
      if (version === 'v2') offerCpu(inside)
      mkdirSync(path, { recursive: true })
      if (existsSync(join(path, QUOTA_FILE[version]))) {
        setQuota(path, version, quotaUs)
        return path
      }
      problems.push(`${parent} has no cpu controller to give`)
    } catch (error) {
      problems.push(`${parent}: ${messageOf(error)}`)
    }
    tryRemove(path)
  }
  const found = problems.length === 0 ? 'no control groups are mounted' : problems.join('; ')
  throw new TargetError(`the CPU quota for the target could not be created: ${found}`, {
    hint: 'it takes root or a delegated control group (systemd-run --scope -p Delegate=yes); without one, use --placement split',
  })
}

function setQuota(path: string, version: CgroupDirectory['version'], quotaUs: number): void {
  if (version === 'v2') return writeFileSync(join(path, QUOTA_FILE.v2), `${quotaUs} ${PERIOD_US}`)
  writeFileSync(join(path, 'cpu.cfs_period_us'), String(PERIOD_US))
  writeFileSync(join(path, QUOTA_FILE.v1), String(quotaUs))
}

/** Hands the cpu controller to the children of a v2 group; refused to a group with processes of its own, unless it is the root. */
function offerCpu(directory: string): void {
  try {
    writeFileSync(join(directory, 'cgroup.subtree_control'), '+cpu')
  } catch {
    // Whether it worked, or had been done before, shows in the files of the child.
  }
}

function removeStale(parent: string): void {
  const names = existsSync(parent) ? readdirSync(parent) : []
  for (const name of names) {
    const pid = /^tune-(\d+)$/.exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) tryRemove(join(parent, name))
  }
}

function addTo(path: string, pid: number): void {
  try {
    writeFileSync(join(path, 'cgroup.procs'), String(pid))
  } catch (cause) {
    throw new TargetError(`process ${pid} could not be put under the CPU quota: ${messageOf(cause)}`, {
      hint: 'it may have ended already: start it by hand and look at what it prints',
      cause,
    })
  }
}

async function removeGroup(path: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < REMOVAL_PATIENCE_MS; waitedMs += REMOVAL_STEP_MS) {
    if (tryRemove(path)) return
    await after(REMOVAL_STEP_MS)
  }
}

/** A group with processes, also of others, is not removed: that is no error. */
function tryRemove(path: string): boolean {
  try {
    rmdirSync(path)
    return true
  } catch {
    return !existsSync(path)
  }
}
