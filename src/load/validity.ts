import type { Validity } from '../core/measurement.ts'
import { judgeGenerator } from './generator-checks.ts'
import { judgeInterference } from './interference-checks.ts'
import { judgeSamples } from './sample-checks.ts'
import type { ValidityInput } from './validity-input.ts'

/**
 * Whether the figures of a phase may be believed. Open loops and users are judged by what was sent and how late, a closed
 * loop by whether it left the target idle; all by what else took CPU time. Wrong answers are not judged here: they are what
 * was measured.
 */
export function judge(input: ValidityInput): Validity {
  const reasons = [...judgeSamples(input), ...judgeGenerator(input), ...judgeInterference(input)]
  if (reasons.length === 0) return { verdict: 'valid', reasons }
  return { verdict: reasons.some((reason) => reason.severity === 'invalid') ? 'invalid' : 'suspect', reasons }
}
