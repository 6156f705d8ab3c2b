// Deep imports on purpose: the package's entry also loads a WebAssembly build that nothing here uses.
import int32Module from 'hdr-histogram-js/dist/Int32Histogram.js'
import type { JsHistogram } from 'hdr-histogram-js/dist/JsHistogram.js'

import type { Milliseconds } from '../core/clock.ts'
import type { LatencySummary } from '../core/measurement.ts'
import { decodeV2, encodeV2, fromCompressedBase64, toCompressedBase64 } from './histogram-encoding.ts'
import { nearestRank } from './percentile.ts'

const LOWEST_US = 1
/** One hour. */
const HIGHEST_US = 3_600_000_000
const SIGNIFICANT_DIGITS = 3
const US_PER_MS = 1_000

/**
 * Latencies from 1 µs to 1 h with 3 significant digits, in µs inside and ms outside.
 *
 * Every figure follows from the bucket counts alone, so it is the same before and after encoding, and the same for
 * merged histograms as for one that saw all samples. An instance holds 92 KiB whatever is recorded: owners create it
 * when the first sample comes.
 */
export class LatencyHistogram {
  readonly #counts: JsHistogram = new int32Module.default(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS)

  /**
   * @param bytes an HdrHistogram V2 encoding of µs values, not compressed
   * @throws {RangeError} when the bytes are something else, or hold values above 1 h
   */
  static decode(bytes: Uint8Array): LatencyHistogram {
    return LatencyHistogram.#adopt(decodeV2(bytes))
  }

  /**
   * @param text the `histogram` of a `LatencySummary`, or what another HdrHistogram tool wrote, of µs values
   * @throws {RangeError} when the text is something else, or holds values above 1 h
   */
  static fromBase64(text: string): LatencyHistogram {
    return LatencyHistogram.#adopt(fromCompressedBase64(text))
  }

  static #adopt(counts: JsHistogram): LatencyHistogram {
    const histogram = new LatencyHistogram()
    try {
      histogram.#counts.add(counts)
    } catch (error) {
      throw new RangeError('the histogram holds values above 1 h', { cause: error })
    }
    return histogram
  }

  /** Samples recorded. */
  get count(): number {
    return this.#counts.totalCount
  }

  /** Mean of the samples, each taken as the middle of its bucket; null when there are none. */
  get meanMs(): Milliseconds | null {
    return this.count === 0 ? null : this.#counts.mean / US_PER_MS
  }

  /** Upper end of the bucket of the largest sample; null when there are none. */
  get maxMs(): Milliseconds | null {
    return this.quantileMs(1)
  }

  /**
   * @param us rounded to whole µs and kept within 1 µs and 1 h
   * @throws {RangeError} when `us` is not finite
   */
  record(us: number): void {
    if (!Number.isFinite(us)) throw new RangeError(`a latency must be a finite number of µs, got ${us}`)
    this.#counts.recordValue(Math.min(Math.max(Math.round(us), LOWEST_US), HIGHEST_US))
  }

  /** Adds all samples of `other`, which stays as it is. */
  add(other: LatencyHistogram): void {
    this.#counts.add(other.#counts)
  }

  /**
   * What was recorded between two states of one growing histogram.
   *
   * @throws {RangeError} when `earlier` holds a sample that this one does not
   */
  minus(earlier: LatencyHistogram): LatencyHistogram {
    const difference = new LatencyHistogram()
    for (let index = 0; index < this.#counts.countsArrayLength; index++) {
      const count = this.#counts.getCountAtIndex(index) - earlier.#counts.getCountAtIndex(index)
      if (count < 0) throw new RangeError('the earlier histogram holds samples that the later one does not')
      difference.#counts.setCountAtIndex(index, count)
    }
    difference.#counts.establishInternalTackingValues()
    return difference
  }

  /**
   * Nearest-rank quantile: the upper end of the bucket that holds the smallest sample not exceeded by at least
   * `quantile` of all samples.
   *
   * @param quantile in (0, 1]; 0.99 is p99
   * @returns null when there are no samples
   * @throws {RangeError} when `quantile` lies outside (0, 1]
   */
  quantileMs(quantile: number): Milliseconds | null {
    const rank = nearestRank(this.count, quantile)
    return this.count === 0 ? null : this.sampleMs(rank)
  }

  /**
   * The sample of a rank: the upper end of its bucket.
   *
   * @param rank 1 is the smallest sample, `count` the largest
   * @throws {RangeError} when there is no such sample
   */
  sampleMs(rank: number): Milliseconds {
    if (!(rank >= 1 && rank <= this.count))
      throw new RangeError(`there is no sample of rank ${rank} among ${this.count}`)
    let index = 0
    for (let seen = this.#counts.getCountAtIndex(0); seen < rank; seen += this.#counts.getCountAtIndex(index)) index++
    return Math.min(this.#counts.highestEquivalentValue(this.#counts.valueFromIndex(index)), HIGHEST_US) / US_PER_MS
  }

  /** The HdrHistogram V2 encoding, not compressed: what generators send. */
  encode(): Uint8Array {
    return encodeV2(this.#counts)
  }

  /** The figures that reports show, with the whole histogram as text. */
  summary(): LatencySummary {
    return {
      count: this.count,
      meanMs: this.meanMs,
      p50Ms: this.quantileMs(0.5),
      p90Ms: this.quantileMs(0.9),
      p95Ms: this.quantileMs(0.95),
      p99Ms: this.quantileMs(0.99),
      p999Ms: this.quantileMs(0.999),
      maxMs: this.maxMs,
      histogram: toCompressedBase64(this.#counts),
    }
  }
}
