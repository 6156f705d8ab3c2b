import { DEFAULT_OBJECTIVES, type Objective, parseObjective } from '../../core/objective.ts'

/** A bound that an alert watches, and who set it. */
export interface Threshold {
  readonly bound: number
  /** A sentence; it may hold anything. */
  readonly evidence: string
}

/** The bounds of a service: those of its objectives, else the source documents' own. */
export interface Thresholds {
  /** Seconds. */
  readonly responseTime: Threshold & { readonly quantile: number }
  /** 0..1, above 0. */
  readonly errorRate: Threshold
}

/**
 * The objectives of the report for response time and errors, the first of each, and the defaults of the gate for those it
 * has none for.
 *
 * @param texts as the report has them; what is no objective is passed over
 */
export function thresholdsOf(texts: readonly string[]): Thresholds {
  const own = texts.flatMap(objectiveOf).filter(isUpperBound)
  const all = [...own, ...DEFAULT_OBJECTIVES.map(parseObjective)]
  const evidenceOf = (objective: Objective): string =>
    own.includes(objective)
      ? `Objective of the report: ${objective.text}.`
      : `Default of the source documents, for want of an objective in the report: ${objective.text}.`
  const [responseTime] = all.flatMap((objective) =>
    objective.metric.kind === 'responseTime'
      ? [{ quantile: objective.metric.quantile, bound: objective.bound / 1_000, evidence: evidenceOf(objective) }]
      : [],
  )
  const [errorRate] = all.flatMap((objective) =>
    objective.metric.kind === 'errorRate' ? [{ bound: objective.bound, evidence: evidenceOf(objective) }] : [],
  )
  if (responseTime === undefined || errorRate === undefined) throw new Error('the default objectives are not complete')
  return { responseTime, errorRate }
}

function objectiveOf(text: string): readonly Objective[] {
  try {
    return [parseObjective(text)]
  } catch {
    return []
  }
}

function isUpperBound({ comparison, bound }: Objective): boolean {
  return comparison.startsWith('<') && bound > 0 && Number.isFinite(bound)
}
