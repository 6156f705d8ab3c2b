import type { Milliseconds } from '../core/clock.ts'
import { readSystemFile } from '../host/system-files.ts'
import { lastingMaxRequests, MIN_WORKER_LIFETIME_MS } from '../resilience/recycle-policy.ts'
import type { RecyclePolicy, WearReason } from '../resilience/recycle-policy.ts'
import type { WorkerIdentity } from './supervisor-events.ts'

const BYTES_PER_MEBIBYTE = 1_048_576

/** What a worker did that reached its limit before its least lifetime was over. */
export interface HastyWear {
  readonly reason: WearReason
  readonly livedMs: Milliseconds
  readonly requests: number
  readonly rssBytes: number
}

/** Says that workers reach a limit sooner than they are replaced, and which limit would be better. */
export function hastyWearText({ reason, livedMs, requests, rssBytes }: HastyWear, policy: RecyclePolicy): string {
  const least = `no worker is replaced within ${seconds(MIN_WORKER_LIFETIME_MS)} s of its start`
  switch (reason) {
    case 'requests': {
      const better = lastingMaxRequests(Math.max(1, requests), Math.max(1, livedMs))
      return `a worker served MAX_REQUESTS=${policy.maxRequests} in ${seconds(livedMs)} s; ${least}. MAX_REQUESTS=${better} would let it live for a minute at this rate`
    }
    case 'age':
      return `WORKER_MAX_AGE=${seconds(policy.maxAgeMs)} s is too short: ${least}. Hours are usual`
    case 'memory': {
      const [limit, used] = [mebibytes(policy.maxRssBytes), mebibytes(rssBytes)]
      return `a worker reached WORKER_MAX_MEMORY=${limit} MiB ${seconds(livedMs)} s after its start, with ${used} MiB; ${least}. Allow at least ${used * 2} MiB`
    }
  }
}

/** Says that a worker was killed because it hung, and what it was doing as far as the system knows. */
export function hungText({ slot, pid }: WorkerIdentity, silentMs: Milliseconds, timeoutMs: Milliseconds): string {
  return `worker ${slot} (pid ${pid}) gave no sign of life for ${seconds(silentMs)} s (WORKER_TIMEOUT is ${seconds(timeoutMs)} s) and is killed and replaced${doing(pid)}`
}

/** Says that a worker has ended by itself. */
export function crashText({ slot, pid }: WorkerIdentity, how: string): string {
  return `worker ${slot} (pid ${pid}) ended unasked (${how}) and is replaced`
}

/** The state of the process in words, from proc_pid_stat(5); empty off Linux. */
function doing(pid: number): string {
  const state: string = /\) (\S)/.exec(readSystemFile('/', `/proc/${pid}/stat`) ?? '')?.[1] ?? ''
  switch (state) {
    case 'R':
      return '; it was busy with its own code'
    case 'T':
      return '; it was stopped by a signal'
    case 'D':
      return '; it waited for a device'
    case 'S':
      return '; it waited in a blocking call'
    default:
      return ''
  }
}

function seconds(ms: Milliseconds): string {
  return (ms / 1_000).toFixed(ms < 10_000 ? 1 : 0).replace(/\.0$/, '')
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_MEBIBYTE)
}
