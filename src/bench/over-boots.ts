import type { Report, Run } from '../core/report.ts'
import { latencyKind } from '../report/run-facts.ts'
import { CONFIDENCE_LEVEL, meanInterval } from '../stats/confidence.ts'

/** A figure of a phase over several boots. */
export type RepeatedFigure = NonNullable<Report['overBoots']>[number]

const FIGURES: readonly {
  readonly figure: string
  readonly unit: RepeatedFigure['unit']
  readonly of: (run: Run) => number | null
}[] = [
  { figure: 'p50Ms', unit: 'ms', of: (run) => latencyKind(run).of(run).p50Ms },
  { figure: 'p95Ms', unit: 'ms', of: (run) => latencyKind(run).of(run).p95Ms },
  { figure: 'p99Ms', unit: 'ms', of: (run) => latencyKind(run).of(run).p99Ms },
  { figure: 'throughputPerS', unit: '1/s', of: ({ throughputPerS }) => throughputPerS },
  { figure: 'goodputPerS', unit: '1/s', of: ({ goodputPerS }) => goodputPerS },
]

/**
 * What the repetitions of each phase agree on: the mean over boots of each figure, and its 95 % confidence interval. The boot
 * is the unit, because requests of one process are alike. Runs that are invalid or cut short are left out; so is a
 * figure that fewer than two boots have. No figure is below 0, so neither is the lower bound.
 */
export function figuresOverBoots(runs: readonly Run[]): readonly RepeatedFigure[] {
  const whole = runs.filter(({ validity, interrupted }) => validity.verdict !== 'invalid' && interrupted !== true)
  return [...Map.groupBy(whole, ({ phase }) => phase)].flatMap(([phase, repetitions]) =>
    FIGURES.flatMap(({ figure, unit, of }) => {
      const values = repetitions.map(of).filter((value) => value !== null)
      const interval = meanInterval(values)
      if (interval === null) return []
      const low = Math.max(0, interval.low)
      return [{ phase, figure, unit, boots: values.length, ...interval, low, level: CONFIDENCE_LEVEL }]
    }),
  )
}
