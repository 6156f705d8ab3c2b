import { METRIC_FAMILIES } from './families.ts'
import type { FamilyName } from './families.ts'
import type { MetricsSnapshot } from './snapshot.ts'

/** The values of several processes as one. */
export class MergedValues {
  readonly #families = new Map<FamilyName, Map<string, number[]>>()

  /**
   * Adds what one process has told.
   *
   * @param slot of the worker, which becomes a label of the families told per worker; undefined for the primary
   * @param only `counts`: counters and histograms, which outlive the process; gauges do not
   */
  add(snapshot: MetricsSnapshot, slot: number | undefined, only: 'everything' | 'counts' = 'everything'): void {
    for (const [name, series] of snapshot) {
      const { type, isPerWorker } = METRIC_FAMILIES[name]
      if (type === 'gauge' && only === 'counts') continue
      for (const [labels, values] of series) {
        this.#put(name, isPerWorker && slot !== undefined ? withWorker(labels, slot) : labels, values)
      }
    }
  }

  /** Adds all that another holds. */
  addAll(other: MergedValues): void {
    for (const [name, series] of other.#families) for (const [labels, values] of series) this.#put(name, labels, values)
  }

  /** The series of a family by the text of their labels; none when nothing was added. */
  series(name: FamilyName): ReadonlyMap<string, readonly number[]> {
    return this.#families.get(name) ?? new Map()
  }

  #put(name: FamilyName, labels: string, values: readonly number[]): void {
    let series = this.#families.get(name)
    if (series === undefined) this.#families.set(name, (series = new Map()))
    const present = series.get(labels)
    if (present === undefined) series.set(labels, [...values])
    else for (const [index, value] of values.entries()) present[index] = merged(name, present[index] ?? 0, value)
  }
}

function merged(name: FamilyName, one: number, other: number): number {
  switch (METRIC_FAMILIES[name].merge) {
    case 'sum':
      return one + other
    case 'max':
      return Math.max(one, other)
    case 'min':
      return Math.min(one, other)
  }
}

function withWorker(labels: string, slot: number): string {
  return `${labels === '' ? '' : `${labels},`}worker="${slot}"`
}
