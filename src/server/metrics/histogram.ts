import { BUCKETS_S } from './families.ts'

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
