import type { Milliseconds } from '../core/clock.ts'
import type { UsersWorkload } from '../core/workload.ts'
import { seededDraw } from './seeded-draw.ts'

/** Kept apart from the draws of requests by another seed. */
const SEED_OFFSET = 2

/** How long each user thinks, again and again: drawn from the seed and the user's number alone, so that others change nothing. */
export class ThinkTimes {
  readonly #think: UsersWorkload['think']
  readonly #seed: number
  /** By user: draws so far. */
  readonly #draws = new Map<number, number>()

  constructor(think: UsersWorkload['think'], seed: number) {
    this.#think = think
    this.#seed = seed + SEED_OFFSET
  }

  /** The user's next think time: even in `[minMs, maxMs]`. */
  next(user: number): Milliseconds {
    const { minMs, maxMs } = this.#think
    const draw = this.#draws.get(user) ?? 0
    this.#draws.set(user, draw + 1)
    return minMs + (maxMs - minMs) * seededDraw(this.#seed, user, draw)
  }
}
