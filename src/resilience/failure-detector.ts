/** Decides from the outcomes of calls, while the circuit is closed, when it must open. */
export interface FailureDetector {
  /** Takes one outcome in; true when the circuit must open now. */
  readonly record: (outcome: 'success' | 'failure') => boolean
  /** Forgets everything, when the circuit closes again. */
  readonly reset: () => void
  /** The failures that count at the moment. */
  readonly failures: () => number
}

/** Trips after so many failures in a row; any success starts the count again. */
export class ConsecutiveFailures implements FailureDetector {
  readonly #threshold: number
  #failures = 0

  /** @param threshold whole, at least 1 */
  constructor(threshold: number) {
    this.#threshold = threshold
  }

  record(outcome: 'success' | 'failure'): boolean {
    this.#failures = outcome === 'failure' ? this.#failures + 1 : 0
    return this.#failures >= this.#threshold
  }

  reset(): void {
    this.#failures = 0
  }

  failures(): number {
    return this.#failures
  }
}
