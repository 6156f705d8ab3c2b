import type { Milliseconds } from '../../core/clock.ts'
import type { Basis, Evidence, Recommendation } from '../../core/recommendation.ts'
import { confidenceWith, doubtEvidence, doubtsWhere, significant } from './certainty.ts'
import { inFlight } from '../littles-law.ts'
import { poolDemand } from './pool-demand.ts'
import type { PoolDemand } from './pool-demand.ts'
import { countedWaitMs, keptConnections, poolSize } from '../pools.ts'
import { largestValue } from './setting-limits.ts'
import type { DatabaseUse, SizingInput } from '../sizing-input.ts'
import type { WorkerAdvice } from './worker-advice.ts'

/** Requests that ask the database less often than this do not need it: the others look for jobs once a second. */
const LEAST_USES_PER_REQUEST = 0.01

const MOST_KEPT = largestValue('DATABASE_POOL_SIZE')
const MOST_BEYOND = largestValue('DATABASE_MAX_OVERFLOW')

/** A pool of one worker: connections kept open, and as many as there may be together with those beyond. */
interface PoolPlan {
  readonly workers: number
  readonly kept: number
  readonly together: number
  readonly basis: Basis
  readonly evidence: Evidence
  readonly doubts: readonly string[]
  /** Sentences. */
  readonly why: string
}

/**
 * Connections per worker to the database, kept and beyond: what the measured uses and waits ask for, within what the server
 * grants to all workers together. Nothing when the database was not used and the settings are within its limit.
 */
export function adviseDatabase(input: SizingInput, advice: WorkerAdvice | null): readonly Recommendation[] {
  const fromUse = planFromUse(input, advice)
  const plan = fromUse ?? planFromSettings(input, advice)
  if (plan === null) return []
  const limit = input.databaseConnectionLimit
  const granted = limit === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(limit / plan.workers))
  const isCut = plan.together > granted
  const isExceeded = (connectionsNow(input, plan.workers) ?? 0) > (limit ?? Number.POSITIVE_INFINITY)
  if (fromUse === null && !isExceeded) return []
  const together = Math.min(plan.together, granted)
  const kept = Math.min(plan.kept, together)
  const doubts = [
    ...plan.doubts,
    ...doubtsWhere([[limit !== null && limit < plan.workers, 'the server grants not one connection for each worker']]),
  ]
  const shared = {
    unit: 'connections per worker',
    basis: isCut ? 'constraint' : plan.basis,
    evidence: {
      ...plan.evidence,
      workers: plan.workers,
      connectionsTogether: plan.workers * together,
      ...(limit === null ? {} : { connectionLimit: limit }),
      ...doubtEvidence(doubts),
    },
    confidence: confidenceWith(doubts),
    binding: isCut ? 'max_connections' : 'latency objective',
  } as const
  const limitText = isExceeded || isCut ? explainLimit(input, plan, granted) : ''
  return [
    {
      setting: 'DATABASE_POOL_SIZE',
      value: kept,
      current: input.current.DATABASE_POOL_SIZE ?? null,
      ...shared,
      formula: isCut
        ? 'workers × (size + overflow) ≤ max_connections − reserved'
        : 'busy connections + their square root',
      explanation: `${plan.why}${limitText}`.trim(),
    },
    {
      setting: 'DATABASE_MAX_OVERFLOW',
      value: together - kept,
      current: input.current.DATABASE_MAX_OVERFLOW ?? null,
      ...shared,
      formula: isCut
        ? 'workers × (size + overflow) ≤ max_connections − reserved'
        : 'Erlang C, p99 of the wait for a connection',
      explanation: `Beyond the ${kept} that are kept, for peaks: ${together} together in each of ${plan.workers} workers.${limitText}`,
    },
  ]
}

/** What Little's law says of the planned load, or, where callers waited too long or in vain, more than there were. */
function planFromUse(input: SizingInput, advice: WorkerAdvice | null): PoolPlan | null {
  const use = input.steady?.database ?? null
  const demand = input.steady === null ? null : poolDemand(input, input.steady, advice)
  if (use === null || use.usesPerRequest < LEAST_USES_PER_REQUEST || demand === null) return null
  const usesPerS = (demand.plannedPerS * use.usesPerRequest) / demand.workers
  const busy = inFlight(usesPerS, use.meanHoldMs)
  const waitMs = countedWaitMs(use.uses, use.waitCounts)
  const isTooSmall = use.exhausted > 0 || waitMs > demand.maxWaitMs
  const modelled = poolSize(usesPerS, use.meanHoldMs, demand.maxWaitMs)
  const together = Math.max(modelled, isTooSmall ? (connectionsOfOne(input) ?? 0) + 1 : 0)
  const wanted = Math.max(keptConnections(busy), together - MOST_BEYOND)
  const kept = Math.min(wanted, MOST_KEPT, together)
  return {
    workers: demand.workers,
    kept,
    together: Math.min(together, kept + MOST_BEYOND),
    basis: isTooSmall || demand.isMeasuredRate ? 'measured' : 'modelled',
    evidence: {
      meanHoldMs: significant(use.meanHoldMs),
      usesPerRequest: significant(use.usesPerRequest),
      usesPerSPerWorker: significant(usesPerS),
      busyConnections: significant(busy),
      maxWaitMs: significant(demand.maxWaitMs),
      measuredWaitP99Ms: waitText(waitMs),
      exhausted: use.exhausted,
    },
    doubts: [
      ...demand.doubts,
      ...doubtsWhere([
        [use.isSqlite, 'of a SQLite file only one writes at a time, so more connections help readers only'],
        [
          together > MOST_KEPT + MOST_BEYOND,
          `the settings allow ${MOST_KEPT + MOST_BEYOND}, and it would take ${together}`,
        ],
      ]),
    ],
    why: explainUse(use, demand, { usesPerS, busy, together, isTooSmall, waitMs }),
  }
}

/** The settings as they are, to be held against the limit of the server. */
function planFromSettings(input: SizingInput, advice: WorkerAdvice | null): PoolPlan | null {
  const workers = advice?.workers ?? input.workers
  const together = connectionsOfOne(input)
  if (workers === null || together === null) return null
  const kept = input.current.DATABASE_POOL_SIZE ?? together
  return { workers, kept, together, basis: 'constraint', evidence: {}, doubts: [], why: '' }
}

function connectionsOfOne({ current }: SizingInput): number | null {
  const { DATABASE_POOL_SIZE: kept, DATABASE_MAX_OVERFLOW: beyond } = current
  return kept === undefined ? null : kept + (beyond ?? 0)
}

function connectionsNow(input: SizingInput, workers: number): number | null {
  const ofOne = connectionsOfOne(input)
  return ofOne === null ? null : workers * ofOne
}

interface Figures {
  readonly usesPerS: number
  readonly busy: number
  readonly together: number
  readonly isTooSmall: boolean
  readonly waitMs: Milliseconds
}

function explainUse(use: DatabaseUse, demand: PoolDemand, figures: Figures): string {
  const { usesPerS, busy, together, isTooSmall, waitMs } = figures
  const load = `At ${significant(demand.plannedPerS)} requests/s each worker uses the database ${significant(usesPerS)} times/s and holds a connection for ${significant(use.meanHoldMs)} ms, so ${significant(busy)} are busy on average.`
  const measured =
    use.exhausted > 0
      ? `${use.exhausted} callers were turned away`
      : `one in a hundred waited longer than ${significant(demand.maxWaitMs)} ms (${waitText(waitMs)} ms)`
  return isTooSmall
    ? `The pool was too small: ${measured}. ${load} Look at slow statements first, because shorter ones need fewer connections.`
    : `${load} With ${together} together 99 of 100 wait less than ${significant(demand.maxWaitMs)} ms. Slower statements or fewer workers would need more.`
}

function explainLimit(input: SizingInput, { workers }: PoolPlan, granted: number): string {
  const { DATABASE_POOL_SIZE: kept = 0, DATABASE_MAX_OVERFLOW: beyond = 0 } = input.current
  return ` With the settings as they are, ${workers} workers × (${kept} + ${beyond}) = ${workers * (kept + beyond)} connections, and the server grants ${input.databaseConnectionLimit} to all its clients: at most ${granted} for each worker. Other clients, and a second deployment during a roll-out, need theirs too; fewer workers, or a pooler such as PgBouncer, would change this.`
}

function waitText(waitMs: Milliseconds): number | string {
  if (waitMs === 0) return 0
  return Number.isFinite(waitMs) ? `≤ ${waitMs}` : 'longer than all bounds'
}
