import type { Milliseconds } from '../../../src/core/clock.ts'
import { type Random, seededRandom } from '../../../src/core/random.ts'
import type { Pauses } from '../../../src/host/hiccups.ts'
import { sampleQuantile } from './oracle-laws.ts'

const DRAWS = 100_000
const SEED = 1

/**
 * How late the machine alone makes an answer: a request needs the generator's CPU when it is sent and when its answer is read,
 * and the server's when it arrives and when it is answered, and each time may meet with a pause. Drawn from the pauses of both.
 *
 * @returns by quantile
 */
export function pathFloorMs(generator: Pauses, server: Pauses, quantiles: readonly number[]): readonly Milliseconds[] {
  const random = seededRandom(SEED)
  const path = [generator, server, server, generator].map(latenessOf)
  const latenessMs = Array.from({ length: DRAWS }, () => path.reduce((sum, draw) => sum + draw(random), 0))
  return quantiles.map((quantile) => sampleQuantile(latenessMs, quantile))
}

/** Draws what is left of the pause that a random moment falls into; 0 where there is none. */
function latenessOf({ pausesMs, elapsedMs }: Pauses): (random: Random) => Milliseconds {
  const longestFirst = pausesMs.toSorted((a, b) => b - a)
  return (random) => {
    let momentMs = random() * elapsedMs
    for (const pauseMs of longestFirst) {
      if (momentMs < pauseMs) return momentMs
      momentMs -= pauseMs
    }
    return 0
  }
}
