import { inFlight } from '../littles-law.ts'
import { replicasText, requestThreads } from './concurrency.ts'
import type { Finding } from './finding.ts'
import { figure, perSecond, quantity, span } from './figures.ts'
import type { LintInput } from './lint-input.ts'
import { nameIn, numberOf, type StatedSettings, asWritten } from './stated-settings.ts'

/** `superuser_reserved_connections` of PostgreSQL as it is installed: ordinary clients do not get those. */
const RESERVED = 3

/** While a deployment rolls, old and new workers have their connections side by side. */
const SIDE_BY_SIDE = 2

const POOL = ['DATABASE_POOL_SIZE', 'DATABASE_MAX_OVERFLOW'] as const

/**
 * Pools are per process: workers × (size + overflow) × replicas connections must fit into the database's limit, twice while
 * a deployment rolls. A file of SQLite has no such limit.
 *
 * One of the documents asks for 16 × (20 + 10) = 480 connections, and PostgreSQL ships with 100.
 */
export function databaseLimitFindings({ stated, workers, facts }: LintInput): readonly Finding[] {
  const each = connectionsOfOne(stated)
  if (each === null || isSqlite(stated)) return []
  const granted = Math.max(0, facts.databaseConnections - RESERVED)
  const processes = (workers?.count ?? 1) * facts.replicas
  const total = processes * each.count
  if (total * SIDE_BY_SIDE <= granted) return []
  const isOver = total > granted
  const product = `${workers?.text ?? '1 worker at least'} × ${each.text}${replicasText(facts.replicas)} = ${figure(total)} connections`
  const limit = `the database grants ${figure(facts.databaseConnections)} − ${RESERVED} reserved = ${figure(granted)}`
  const rolling = `; while a deployment rolls, old and new together ask for ${figure(SIDE_BY_SIDE * total)}`
  const allowed = Math.floor(granted / (processes * SIDE_BY_SIDE))
  return [
    {
      rule: 'database-connections',
      severity: isOver ? 'wrong' : 'doubtful',
      settings: [...(workers?.settings ?? []), ...asWritten(stated, ...POOL)],
      arithmetic: `${product}, and ${limit}${rolling}`,
      change:
        allowed >= 1
          ? `let size + overflow be at most ${figure(allowed)} for each worker, or put a pooler such as PgBouncer between, or raise max_connections (--database-connections)`
          : 'have fewer workers, or put a pooler such as PgBouncer between, or raise max_connections (--database-connections)',
    },
  ]
}

/**
 * Little's law for a pool: at rate λ its connections may be held for connections / λ on average. Nobody said how long a
 * request holds one; no longer than it takes, which is the bound that is taken here.
 *
 * @see docs/sizing.md
 */
export function poolDemandFindings({ stated, workers, facts }: LintInput): readonly Finding[] {
  const { ratePerS, p50Ms } = facts.expected
  if (workers === null || ratePerS === null || p50Ms === null) return []
  const pools = [
    { of: 'the database', each: connectionsOfOne(stated)?.count, names: POOL },
    {
      of: 'an upstream',
      each: leastOf(stated, 'UPSTREAM_POOL_MAX', 'UPSTREAM_PER_HOST'),
      names: ['UPSTREAM_POOL_MAX', 'UPSTREAM_PER_HOST'],
    },
  ]
  return pools.flatMap(({ of, each, names }): readonly Finding[] => {
    const total = (each ?? 0) * workers.count * facts.replicas
    if (each === undefined || total >= inFlight(ratePerS, p50Ms)) return []
    const needed = Math.ceil(inFlight(ratePerS, p50Ms) / (workers.count * facts.replicas))
    return [
      {
        rule: 'pool-demand',
        severity: 'doubtful',
        settings: [...workers.settings, ...asWritten(stated, ...names)],
        arithmetic: `${workers.text} × ${figure(each)}${replicasText(facts.replicas)} = ${quantity(total, 'connection')} to ${of}; at ${perSecond(ratePerS)} a request may hold one for ${span(total / ratePerS)} (Little's law), and half of them take ${span(p50Ms / 1_000)} or more`,
        change: `measure how long a connection is held; if it is all the time, each worker needs ${figure(needed)}`,
      },
    ]
  })
}

/** A worker with threads uses one connection per thread at most. */
export function idlePoolFindings({ stated }: LintInput): readonly Finding[] {
  const threads = requestThreads(stated)
  const each = connectionsOfOne(stated)
  if (threads === undefined || each === null || each.count <= threads) return []
  return [
    {
      rule: 'idle-pool',
      severity: 'info',
      settings: asWritten(stated, 'CPU_THREADS', ...POOL),
      arithmetic: `a worker with ${quantity(threads, 'thread')} uses ${quantity(threads, 'connection')} at the same time, unless a request needs several, and its pool may have ${each.text} = ${figure(each.count)}`,
      change: `${nameIn(stated, 'DATABASE_POOL_SIZE')}=${threads} and ${nameIn(stated, 'DATABASE_MAX_OVERFLOW')}=0 are enough, and leave the rest of the database's connections to others`,
    },
  ]
}

function connectionsOfOne(stated: StatedSettings): { readonly count: number; readonly text: string } | null {
  const [size, overflow] = POOL.map((name) => numberOf(stated, name))
  if (size === undefined && overflow === undefined) return null
  const text = `(${figure(size ?? 0)} + ${overflow === undefined ? 'an overflow that is not stated' : figure(overflow)})`
  return { count: (size ?? 0) + (overflow ?? 0), text }
}

function isSqlite(stated: StatedSettings): boolean {
  return String(stated.get('DATABASE_URL')?.value ?? '').startsWith('sqlite')
}

function leastOf(stated: StatedSettings, ...names: readonly string[]): number | undefined {
  const numbers = names.flatMap((name) => numberOf(stated, name) ?? [])
  return numbers.length === 0 ? undefined : Math.min(...numbers)
}
