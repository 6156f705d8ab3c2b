import { UsageError } from '../core/errors.ts'
import type { CheckFlags } from './recommend-check.ts'

/** The flags of `tune recommend` as commander hands them over, parsed and within bounds. */
export interface RecommendFlags extends CheckFlags {
  readonly check?: string
  readonly from?: string
  readonly targetCpus?: number
  /** Bytes. */
  readonly targetMemory?: number
  /** Per second. */
  readonly targetRate?: number
}

/** What goes with both ways. */
const OF_BOTH: readonly string[] = ['--json', '--no-color']

/** What each way can use. */
const FLAGS_WITH = {
  '--check': [
    '--cpus',
    '--memory',
    '--replicas',
    '--database-connections',
    '--balancer-idle',
    '--rate',
    '--p50',
    '--p95',
    '--users',
    '--think-time',
  ],
  '--from': ['--target-cpus', '--target-memory', '--target-rate'],
} as const

/** Expectations that no rule can use alone. */
const NEEDED = [
  ['--think-time', '--users', 'it is the pause of each of them'],
  ['--users', '--rate', 'they are held against what they should send'],
  ['--p50', '--rate', "Little's law takes both"],
] as const

/**
 * Judges the settings of a file (`--check`), or says what an earlier report means for other machines (`--from`).
 *
 * @param given the long names of the flags that were given
 * @throws {UsageError} unless exactly one of the two is asked for, and for flags that would do nothing
 */
export async function runRecommend(flags: RecommendFlags, given: readonly string[]): Promise<number> {
  const { check, from } = flags
  if (check !== undefined && from !== undefined) {
    throw new UsageError('--check judges settings and --from looks at a report: give one of them', {
      hint: 'run tune recommend once for each',
    })
  }
  if (check !== undefined) {
    refuseUseless('--check', given)
    refuseIncomplete(given)
    const { runCheck } = await import('./recommend-check.ts')
    return runCheck(check, flags)
  }
  if (from !== undefined) {
    refuseUseless('--from', given)
    const { runWhatIf } = await import('./recommend-what-if.ts')
    return runWhatIf({ ...flags, from })
  }
  throw new UsageError('tune recommend needs --check FILE, the settings to judge, or --from FILE, a report to go on', {
    hint: 'for example: npx tune recommend --check .env; a report is written by: npx tune bench -o report.json',
  })
}

function refuseIncomplete(given: readonly string[]): void {
  for (const [flag, needed, why] of NEEDED) {
    if (!given.includes(flag) || given.includes(needed)) continue
    throw new UsageError(`${flag} would do nothing without ${needed}: ${why}`, {
      hint: 'for example: --rate 500 --p50 50ms --users 100 --think-time 2s',
    })
  }
}

function refuseUseless(way: keyof typeof FLAGS_WITH, given: readonly string[]): void {
  const usable: readonly string[] = [...FLAGS_WITH[way], ...OF_BOTH]
  const useless = given.filter((flag) => flag !== way && !usable.includes(flag))
  if (useless.length === 0) return
  throw new UsageError(`${useless.join(', ')} would do nothing beside ${way}`, {
    hint: `leave that out; with ${way} go ${usable.join(', ')}`,
  })
}
