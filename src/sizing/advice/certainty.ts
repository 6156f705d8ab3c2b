import type { Confidence, Evidence } from '../../core/recommendation.ts'

/** What speaks against a recommendation, each in a few words; conditions that do not hold are left out. */
export function doubtsWhere(conditions: readonly (readonly [holds: boolean, doubt: string])[]): readonly string[] {
  return conditions.flatMap(([holds, doubt]) => (holds ? [doubt] : []))
}

/** Nothing against it: high; one doubt: medium; more: low. */
export function confidenceWith(doubts: readonly string[]): Confidence {
  if (doubts.length === 0) return 'high'
  return doubts.length === 1 ? 'medium' : 'low'
}

/** The doubts as a figure of the evidence, where there are any. */
export function doubtEvidence(doubts: readonly string[]): Evidence {
  return doubts.length === 0 ? {} : { doubts: doubts.join('; ') }
}

/** Three significant digits: no figure here is known better. */
export function significant(value: number): number {
  return Number(value.toPrecision(3))
}
