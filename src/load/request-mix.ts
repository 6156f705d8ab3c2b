import { type Random, shuffled } from '../core/random.ts'

/**
 * Which request is sent next, by weight. A deck with as many cards of each request as its weight says, dealt and
 * shuffled again: each round has exactly the asked proportions, so the mix of a run never drifts as independent draws do.
 */
export class RequestMix {
  readonly #random: Random
  #deck: readonly number[]
  #dealt = 0

  /** @param weights whole numbers of at least 1, one per request; only their ratios count */
  constructor(weights: readonly number[], random: Random) {
    this.#random = random
    const divisor = weights.reduce(greatestCommonDivisor, 0)
    this.#deck = shuffled(
      random,
      weights.flatMap((weight, index) => Array.from({ length: weight / divisor }, () => index)),
    )
  }

  /** The index of the next request to send. */
  next(): number {
    if (this.#dealt === this.#deck.length) {
      this.#dealt = 0
      if (this.#deck.length > 1) this.#deck = shuffled(this.#random, this.#deck)
    }
    return this.#deck[this.#dealt++] ?? 0
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
