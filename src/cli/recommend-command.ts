import { UsageError } from '../core/errors.ts'
import type { CheckFlags } from './recommend-check.ts'
import type { SearchFlags } from './recommend-search.ts'

/** The flags of `tune recommend` as commander hands them over, parsed and within bounds. */
export interface RecommendFlags extends CheckFlags, Omit<SearchFlags, keyof CheckFlags> {
  readonly check?: string
  readonly from?: string
  readonly targetCpus?: number
  /** Bytes. */
  readonly targetMemory?: number
  /** Per second. */
  readonly targetRate?: number
}

/** What goes with both ways of not measuring. */
const WITHOUT_MEASURING: readonly string[] = ['--json', '--no-color']

/** What only `--check` can use; it takes `--cpus` too. */
const FOR_CHECK: readonly string[] = [
  '--memory',
  '--replicas',
  '--database-connections',
  '--balancer-idle',
  '--rate',
  '--p50',
  '--p95',
  '--users',
  '--think-time',
]

const FOR_REPORT: readonly string[] = ['--target-cpus', '--target-memory', '--target-rate']

/** Expectations that no rule can use alone. */
const NEEDED = [
  ['--think-time', '--users', 'it is the pause of each of them'],
  ['--users', '--rate', 'they are held against what they should send'],
  ['--p50', '--rate', "Little's law takes both"],
] as const

/**
 * Searches settings by measuring; or judges those of a file (`--check`), or says what an earlier report means for other
 * machines (`--from`).
 *
 * @param given the long names of the flags that were given
 * @throws {UsageError} when more than one of them is asked for, and for flags that would do nothing
 */
export async function runRecommend(
  scenario: string | undefined,
  flags: RecommendFlags,
  given: readonly string[],
): Promise<number> {
  const { check, from } = flags
  if (check !== undefined && from !== undefined) {
    throw new UsageError('--check judges settings and --from looks at a report: give one of them', {
      hint: 'run tune recommend once for each',
    })
  }
  const all = [...(scenario === undefined ? [] : [`the scenario "${scenario}"`]), ...given]
  if (check !== undefined) {
    refuseUseless('--check', all, ['--cpus', ...FOR_CHECK])
    refuseIncomplete(given)
    const { runCheck } = await import('./recommend-check.ts')
    return runCheck(check, flags)
  }
  if (from !== undefined) {
    refuseUseless('--from', all, FOR_REPORT)
    const { runWhatIf } = await import('./recommend-what-if.ts')
    return runWhatIf({ ...flags, from })
  }
  refuseWithout('--check', given, FOR_CHECK)
  refuseWithout('--from', given, FOR_REPORT)
  const { runSearch } = await import('./recommend-search.ts')
  return runSearch(scenario, flags)
}

function refuseIncomplete(given: readonly string[]): void {
  for (const [flag, needed, why] of NEEDED) {
    if (!given.includes(flag) || given.includes(needed)) continue
    throw new UsageError(`${flag} would do nothing without ${needed}: ${why}`, {
      hint: 'for example: --rate 500 --p50 50ms --users 100 --think-time 2s',
    })
  }
}

function refuseUseless(way: string, given: readonly string[], usable: readonly string[]): void {
  const allowed = [...usable, ...WITHOUT_MEASURING]
  const useless = given.filter((flag) => flag !== way && !allowed.includes(flag))
  if (useless.length === 0) return
  throw new UsageError(`${useless.join(', ')} would do nothing beside ${way}`, {
    hint: `leave that out; with ${way} go ${allowed.join(', ')}`,
  })
}

function refuseWithout(way: string, given: readonly string[], flags: readonly string[]): void {
  const useless = given.filter((flag) => flags.includes(flag))
  if (useless.length === 0) return
  throw new UsageError(`${useless.join(', ')} would do nothing without ${way}`, {
    hint: `leave that out to measure, or give ${way} a file`,
  })
}
