import { TargetError } from '../core/errors.ts'
import { constantRate, type RateStretch } from '../core/rate-profile.ts'
import type { Run } from '../core/report.ts'
import type { OpenPhase } from '../core/scenario.ts'
import type { RateCourse, RateExpression, RateSpike } from '../core/scenario-values.ts'

/** What a phase that has ended tells the next ones, by phase name; also phases that are not measured. */
export type EarlierPhases = ReadonlyMap<string, Pick<Run, 'throughputPerS' | 'serviceTime'>>

/**
 * The rate over the time of a phase, with shares of earlier phases worked out.
 *
 * @throws {TargetError} when a phase that it refers to completed nothing
 */
export function stretchesOf(phase: OpenPhase, earlier: EarlierPhases): readonly RateStretch[] {
  const { rate, duration } = phase
  const perS = (one: RateExpression): number => ratePerSOf(one, phase.name, earlier)
  switch (rate.kind) {
    case 'absolute':
    case 'share':
      return constantRate(perS(rate), duration)
    case 'ramp':
      return [{ durationMs: duration, fromPerS: perS(rate.from), toPerS: perS(rate.to) }]
    case 'steps':
      return rate.steps.flatMap((step) => constantRate(perS(step), duration / rate.steps.length))
    case 'spikes':
      return withSpikes(rate, duration, perS)
  }
}

function withSpikes(
  { base, spikes }: Extract<RateCourse, { readonly kind: 'spikes' }>,
  durationMs: number,
  perS: (rate: RateExpression) => number,
): readonly RateStretch[] {
  const inOrder: readonly RateSpike[] = spikes.toSorted((left, right) => left.atMs - right.atMs)
  const basePerS = perS(base)
  let doneMs = 0
  const stretches = inOrder.flatMap((spike) => {
    const before = constantRate(basePerS, spike.atMs - doneMs)
    doneMs = spike.atMs + spike.forMs
    return [...before, ...constantRate(perS(spike.rate), spike.forMs)]
  })
  return [...stretches, ...constantRate(basePerS, durationMs - doneMs)].filter((stretch) => stretch.durationMs > 0)
}

function ratePerSOf(rate: RateExpression, phase: string, earlier: EarlierPhases): number {
  if (rate.kind === 'absolute') return rate.ratePerS
  const throughputPerS = earlier.get(rate.phase)?.throughputPerS ?? 0
  if (throughputPerS > 0) return throughputPerS * rate.fraction
  throw new TargetError(
    `phase "${phase}" wants ${Number((rate.fraction * 100).toFixed(2))}% of "${rate.phase}", which completed no request`,
    { hint: 'see why that phase failed, or give an absolute rate with -r' },
  )
}
