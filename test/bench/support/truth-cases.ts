import { meanMs, type OracleLaw } from './oracle-laws.ts'

/** One law under one load. */
export interface TruthCase {
  readonly name: string
  readonly law: OracleLaw
  readonly kind: 'closed' | 'open'
  /** Asked for in an open loop; in a closed one what `connections` give, as far as one connection can be that slow. */
  readonly ratePerS: number
  /** Of a closed loop. */
  readonly connections: number
}

export const WARM_UP_S = 2
export const MEASURED_S = 5
/** Of each case, whose medians are judged: at least so many, and more while they could turn the verdict. */
export const LEAST_ROUNDS = 3
export const MOST_ROUNDS = 7

const RATES_PER_S = [100, 5_000] as const
const STALL_MS = 1_000
/** How far into the measured phase the stall begins. */
const STALL_AFTER_S = 2

const LAWS: readonly { readonly name: string; readonly law: OracleLaw }[] = [
  { name: 'fixed 1 ms', law: { kind: 'fixed', delayMs: 1 } },
  { name: 'fixed 10 ms', law: { kind: 'fixed', delayMs: 10 } },
  { name: 'fixed 100 ms', law: { kind: 'fixed', delayMs: 100 } },
  { name: '99 % 5 ms, 1 % 200 ms', law: { kind: 'two-point', fastMs: 5, slowMs: 200, every: 100 } },
  { name: 'exponential, mean 10 ms', law: { kind: 'exponential', meanMs: 10 } },
  { name: '10 ms, 10 % resets', law: { kind: 'resets', delayMs: 10, every: 10 } },
]

/** All laws at all rates, closed and open; and a stall, which only an open loop can show. */
export const TRUTH_CASES: readonly TruthCase[] = RATES_PER_S.flatMap((ratePerS) => [
  ...LAWS.flatMap(({ name, law }) =>
    (['closed', 'open'] as const).map((kind) => ({
      name,
      law,
      kind,
      ratePerS,
      connections: Math.max(1, Math.round((ratePerS * meanMs(law)) / 1_000)),
    })),
  ),
  {
    name: 'one stall of 1 s',
    law: stallAt(ratePerS * (WARM_UP_S + STALL_AFTER_S)),
    kind: 'open',
    ratePerS,
    connections: 1,
  },
])

/** Answers at once, until the stall: what waits for a connection meanwhile is worked off at once when it ends. */
export function stallAt(request: number): OracleLaw & { readonly kind: 'stall' } {
  return { kind: 'stall', delayMs: 0, atRequest: request, forMs: STALL_MS }
}

/** The load as a user would write it. */
export function loadOf({ kind, ratePerS, connections }: TruthCase): string {
  return kind === 'open' ? `-r ${ratePerS}` : `-c ${connections}`
}
