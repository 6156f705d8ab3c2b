/**
 * Upper bounds of the buckets of every histogram, in seconds, ascending; `+Inf` follows. Those of Prometheus' clients, with
 * finer ones below, for answers from memory, and coarser ones up to the usual request timeout.
 */
export const BUCKETS_S: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
]

/** Observations counted by bucket; one costs a short search and two additions. */
export class Histogram {
  /** Observations of each bucket (not of those below it), `+Inf` last, then their sum in seconds. */
  readonly #values = new Float64Array(BUCKETS_S.length + 2)

  /** @param seconds 0 or more */
  observe(seconds: number): void {
    let bucket = 0
    while (seconds > (BUCKETS_S[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
    this.#add(bucket, 1)
    this.#add(BUCKETS_S.length + 1, seconds)
  }

  /** A copy: count of each bucket, `+Inf` last, then the sum in seconds. */
  values(): readonly number[] {
    return [...this.#values]
  }

  #add(index: number, amount: number): void {
    this.#values[index] = (this.#values[index] ?? 0) + amount
  }
}
