import { WHOLE } from '../../src/core/generator-messages.ts'
import { seededRandom } from '../../src/core/random.ts'
import { constantRate } from '../../src/core/rate-profile.ts'
import type { Arrivals } from '../../src/core/workload.ts'
import { Pacer } from '../../src/load/pacer.ts'

/** The intended starts of arrivals at one rate, in ms from the start of their phase. */
export function startsMs(arrivals: Arrivals, ratePerS: number, durationMs: number, seed = 1): number[] {
  const pacer = new Pacer({ stretches: constantRate(ratePerS, durationMs), arrivals, share: WHOLE }, seededRandom(seed))
  const starts: number[] = []
  for (; pacer.nextMs !== Infinity; pacer.advance()) starts.push(pacer.nextMs)
  return starts
}
