import { significant } from '../advice/certainty.ts'
import { inFlight } from '../littles-law.ts'
import { PLANNED_LOAD } from '../advice/pool-demand.ts'
import type { SizingInput } from '../sizing-input.ts'
import type { WhatIfEvidence, WhatIfTarget } from './what-if-evidence.ts'
import type { MachinePlan } from './what-if-plan.ts'

/** With more CPUs than this times the measured ones, no rule of scaling was checked against anything. */
const FARTHEST_FACTOR = 4

/**
 * What the answer does not know, in sentences for the reader; the extrapolation first.
 *
 * @param workers of one machine
 */
export function limitsOf(
  evidence: WhatIfEvidence,
  target: WhatIfTarget,
  workers: number,
  plan: MachinePlan | null,
): readonly string[] {
  const machines = plan?.machines?.value ?? 1
  return [
    ...aboutCpus(evidence, target),
    ...aboutObjective(evidence, plan),
    ...aboutDatabase(evidence.input, machines * workers),
    ...aboutUpstreams(evidence.input, machines * workers, target.ratePerS ?? plan?.ratePerS.value ?? null),
    ...aboutSpread(evidence.input),
    'The CPUs are taken to be as fast as those measured, and the answers, the cache and the upstreams to behave the same. The network was not measured.',
    ...(plan?.machines === undefined || plan.machines === null
      ? []
      : ['No machine is counted for failures or for roll-outs: with one more, one may be lost.']),
  ]
}

function aboutCpus({ input, growth }: WhatIfEvidence, { cpus }: WhatIfTarget): readonly string[] {
  const factor = cpus / input.measuredCpus
  if (factor <= 1) return []
  const loss = growth === null ? 'less 10 % for each doubling, a rule' : 'with the loss that was fitted over CPUs'
  const carried = `Measured on ${count(input.measuredCpus, 'CPU')}, carried over to ${count(cpus, 'CPU')}, ${significant(factor)} times as many: by CPU time per request, ${loss}.`
  return factor > FARTHEST_FACTOR
    ? [
        `${carried} Confidence is low: beyond ${FARTHEST_FACTOR} times this is arithmetic, no evidence. Measure on at least ${count(Math.ceil(cpus / FARTHEST_FACTOR), 'CPU')} before you buy.`,
      ]
    : [carried]
}

function aboutObjective({ input, objective }: WhatIfEvidence, plan: MachinePlan | null): readonly string[] {
  if (objective === null)
    return [
      'No latency objective was judged: how slow the answers are at this load was not asked. Give one with --objective.',
    ]
  const measuredPerS = input.saturated?.throughputPerS ?? Number.NaN
  const percentOf = (perS: number): string => `${Math.round((100 * perS) / measuredPerS)} %`
  const { keptPerS, missedPerS } = objective
  if (plan === null)
    return [
      `The latency objective was missed at every rate that was measured, the lowest ${significant(missedPerS ?? 0)}/s (${percentOf(missedPerS ?? 0)} of the capacity): no number of machines is known to keep it. Measure lower rates with -r.`,
    ]
  if (plan.basis === 'measured')
    return [
      `The latency objective was missed at ${percentOf(missedPerS ?? 0)} of the measured capacity, so no more than the ${percentOf(keptPerS ?? 0)} that kept it are planned.`,
    ]
  if (keptPerS === null || keptPerS < PLANNED_LOAD * measuredPerS)
    return [
      `${keptPerS === null ? 'The latency objective was not judged below that' : `The latency objective was kept at ${percentOf(keptPerS)} of the measured capacity`}; that it is at ${Math.round(100 * PLANNED_LOAD)} % was not measured.`,
    ]
  return []
}

function aboutDatabase({ current, databaseConnectionLimit }: SizingInput, workers: number): readonly string[] {
  const { DATABASE_POOL_SIZE: kept, DATABASE_MAX_OVERFLOW: beyond = 0 } = current
  if (kept === undefined || databaseConnectionLimit === null) return []
  const connections = workers * (kept + beyond)
  return connections <= databaseConnectionLimit
    ? []
    : [
        `The database grants ${databaseConnectionLimit} connections, and ${workers} workers × (${kept} + ${beyond}) may open ${connections}: smaller pools or a pooler such as PgBouncer are needed.`,
      ]
}

function aboutUpstreams({ steady, current }: SizingInput, workers: number, ratePerS: number | null): readonly string[] {
  const upstream = steady?.upstream ?? null
  if (upstream === null || ratePerS === null) return []
  const callsPerS = ratePerS * upstream.callsPerRequest
  const most = current.UPSTREAM_POOL_MAX === undefined ? '' : ` of at most ${workers * current.UPSTREAM_POOL_MAX}`
  return [
    `The upstreams must bear ${significant(callsPerS)} calls/s over ${significant(inFlight(callsPerS, upstream.meanHoldMs))} busy connections${most}; what they can do was not measured.`,
  ]
}

function aboutSpread({ spreads: { cpuPerRequest: spread } }: SizingInput): readonly string[] {
  if (spread === null) return ['How much the CPU time per request varies is not known, so the bounds leave it out.']
  return spread.over === 'boots'
    ? []
    : [`The bounds know ${spread.count} seconds of one boot; boots differ by more. Measure with --repeat 3.`]
}

function count(number: number, noun: string): string {
  return `${significant(number)} ${noun}${number === 1 ? '' : 's'}`
}
