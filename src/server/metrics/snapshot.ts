import { isFamilyName, METRIC_FAMILIES } from './families.ts'
import type { FamilyName } from './families.ts'
import { BUCKETS_S } from './histogram.ts'
import { labelText } from './label-text.ts'

/**
 * All values of one process at one moment: family, then the text of the labels, then one number, or those of a
 * `Histogram`. Counters and histograms are counted since the start of the process.
 */
export type MetricsSnapshot = ReadonlyMap<FamilyName, ReadonlyMap<string, readonly number[]>>

/** Puts a snapshot together; values that were never added are not in it. */
export class SnapshotBuilder {
  readonly #families = new Map<FamilyName, Map<string, readonly number[]>>()

  /** @param labels in the order of the family; `values` one number, or those of a `Histogram` */
  add(name: FamilyName, values: number | readonly number[], ...labels: readonly string[]): this {
    const series = this.#families.get(name) ?? new Map<string, readonly number[]>()
    this.#families.set(name, series)
    series.set(labelText(METRIC_FAMILIES[name].labels, labels), typeof values === 'number' ? [values] : values)
    return this
  }

  build(): MetricsSnapshot {
    return this.#families
  }
}

/** Whether a message of another process holds what it should: known names, and as many finite numbers as they have. */
export function isMetricsSnapshot(value: unknown): value is MetricsSnapshot {
  return value instanceof Map && [...value].every(([name, series]) => isFamilyName(name) && isSeries(name, series))
}

function isSeries(name: FamilyName, series: unknown): boolean {
  if (!(series instanceof Map)) return false
  const length = METRIC_FAMILIES[name].type === 'histogram' ? BUCKETS_S.length + 2 : 1
  return [...series].every(
    ([labels, values]) =>
      typeof labels === 'string' && Array.isArray(values) && values.length === length && values.every(Number.isFinite),
  )
}
