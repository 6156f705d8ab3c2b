import type { Milliseconds } from '../core/clock.ts'
import type { Random } from '../core/random.ts'

/**
 * A TTL that is a little longer or shorter than wanted, so that what was stored together does not expire together.
 *
 * @param fraction the largest deviation, 0 to 1
 * @returns even in [ttlMs × (1 − fraction), ttlMs × (1 + fraction))
 */
export function jitteredTtl(ttlMs: Milliseconds, fraction: number, random: Random): Milliseconds {
  return ttlMs * (1 + fraction * (2 * random() - 1))
}
