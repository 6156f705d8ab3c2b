import { checkOptions } from './option-rules.ts'

/** How many retries the traffic may carry. */
export interface RetryBudgetOptions {
  /** Retries per request in the long run, 0 to 1; counted in thousandths. */
  readonly retryFraction: number
  /** Retries allowed from the start, before any request earned one; whole, 0 or more. */
  readonly minRetries: number
}

/** A fifth more load is what an upstream in trouble may still stand. */
export const DEFAULT_RETRY_FRACTION = 0.2
/** So that a client with little traffic can retry at all. */
export const DEFAULT_MIN_RETRIES = 3

/** Retries that may be saved up in good times: enough for a short hiccup, too few for a storm. */
const MAX_SAVED_RETRIES = 100
/** Credits are whole thousandths of a retry, so that adding them up never drifts. */
const CREDITS_PER_RETRY = 1_000

/**
 * Keeps retries a small share of the requests, so that retrying cannot multiply the load of a failing upstream:
 * retries ≤ retryFraction · requests + minRetries at any time.
 */
export class RetryBudget {
  readonly #creditsPerRequest: number
  readonly #maxCredits: number
  #credits: number
  #exhausted = 0

  /** @throws {RangeError} naming every option out of range */
  constructor({ retryFraction, minRetries }: RetryBudgetOptions) {
    checkOptions('RetryBudget', [
      { name: 'retryFraction', value: retryFraction, min: 0, max: 1 },
      { name: 'minRetries', value: minRetries, min: 0, isWhole: true },
    ])
    this.#creditsPerRequest = Math.round(retryFraction * CREDITS_PER_RETRY)
    this.#credits = minRetries * CREDITS_PER_RETRY
    this.#maxCredits = this.#credits + MAX_SAVED_RETRIES * CREDITS_PER_RETRY
  }

  /** Retries that were refused since the start. */
  get exhausted(): number {
    return this.#exhausted
  }

  /** Counts one request (not its retries), which earns its share of a retry. */
  recordRequest(): void {
    this.#credits = Math.min(this.#maxCredits, this.#credits + this.#creditsPerRequest)
  }

  /** Takes one retry out of the budget, before its wait begins; false when there is none left. */
  tryWithdraw(): boolean {
    if (this.#credits < CREDITS_PER_RETRY) {
      this.#exhausted++
      return false
    }
    this.#credits -= CREDITS_PER_RETRY
    return true
  }
}
