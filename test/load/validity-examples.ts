import type { GeneratorHealth, RequestCounts } from '../../src/core/measurement.ts'
import { judge } from '../../src/load/validity.ts'
import type { ValidityInput } from '../../src/load/validity-input.ts'
import { openWorkload } from '../support/plans.ts'
import { countsFixture } from '../support/report-fixture.ts'

/** Of a phase without a wrong answer. */
export const COUNTS: RequestCounts = countsFixture(5_000, 0)
/** Of a generator that was on time. */
export const HEALTH: GeneratorHealth = {
  processes: 1,
  cpuFraction: 0.4,
  loopDelayP99Ms: 1,
  sendRatio: 1,
  lateP50Ms: 0.1,
  lateP99Ms: 1,
  hiccupP99Ms: 0.5,
}
/** A phase that nothing is to be said against; an open one. */
export const OPEN: ValidityInput = {
  workload: openWorkload(500, { arrivals: 'poisson', initialConnections: 100, maxConnections: 100 }),
  counts: COUNTS,
  health: HEALTH,
  durationMs: 10_000,
  workers: 2,
  targetBusyFraction: 0.5,
  interference: { stealFraction: 0, throttledCount: 0 },
}
/** The same, closed. */
export const CLOSED: ValidityInput = {
  ...OPEN,
  workload: { kind: 'closed', connections: 50 },
  health: { ...HEALTH, lateP50Ms: null, lateP99Ms: null },
}

/** The same, of users. */
export const USERS: ValidityInput = {
  ...OPEN,
  workload: { kind: 'users', users: 50, spawnRatePerS: 10, think: { minMs: 100, maxMs: 300 } },
}

/** The open phase with another generator. */
export function open(health: Partial<GeneratorHealth>): ValidityInput {
  return { ...OPEN, health: { ...HEALTH, ...health } }
}

/** Of each: verdict and codes of its reasons, with blanks between. */
export function verdicts(inputs: readonly ValidityInput[]): readonly string[] {
  return inputs.map((input) => {
    const { verdict, reasons } = judge(input)
    return [verdict, ...reasons.map((reason) => reason.code)].join(' ')
  })
}

/** Of all reasons. */
export function evidenceOf(input: ValidityInput): string {
  return judge(input)
    .reasons.map(({ evidence }) => evidence)
    .join('; ')
}

/** Others beside the phase, one of them using most. */
export function neighbours(cpus: number, ofCpus = 2): NonNullable<ValidityInput['neighbours']> {
  return { cpus, ofCpus, busiest: { name: 'tsc --watch', pid: 4_711, cpus: cpus * 0.8 } }
}
