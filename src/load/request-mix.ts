import type { Share } from '../core/generator-messages.ts'
import { type Random, shuffled } from '../core/random.ts'

/**
 * Which request is sent next, by weight. A deck with as many cards of each request as its weight says, dealt and
 * shuffled again: each round has exactly the asked proportions, so the mix of a run never drifts as independent draws do.
 *
 * Several generators deal the same deck, each taking every `of`th card: together they send the sequence of one.
 */
export class RequestMix {
  readonly #random: Random
  readonly #share: Share
  /** By request: cards of it dealt so far, over all shares. */
  readonly #dealtOf: number[]
  #deck: readonly number[]
  #dealt = 0
  #number = -1
  #occurrence = 0

  /**
   * @param weights whole numbers, one per request, at least one of them above 0; only their ratios count
   * @param random the same seed in every share gives the same deck
   */
  constructor(weights: readonly number[], random: Random, share: Share) {
    this.#random = random
    this.#share = share
    this.#dealtOf = weights.map(() => 0)
    const divisor = weights.reduce(greatestCommonDivisor, 0)
    this.#deck = shuffled(
      random,
      weights.flatMap((weight, index) => Array.from({ length: weight / divisor }, () => index)),
    )
  }

  /** The number, over all shares and from 0, of the request that was dealt last. */
  get number(): number {
    return this.#number
  }

  /** How many cards of the same request, over all shares, were dealt before that one. */
  get occurrence(): number {
    return this.#occurrence
  }

  /** The index of the next request to send. */
  next(): number {
    const to = this.#number < 0 ? this.#share.index : this.#number + this.#share.of
    let request = 0
    for (; this.#number < to; this.#number++) {
      request = this.#deal()
      this.#occurrence = this.#dealtOf[request] ?? 0
      this.#dealtOf[request] = this.#occurrence + 1
    }
    return request
  }

  #deal(): number {
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
