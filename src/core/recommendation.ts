/** Where a recommended value comes from. */
export type Basis = 'measured' | 'modelled' | 'rule' | 'constraint'
export type Confidence = 'high' | 'medium' | 'low'

/** A figure that a recommendation rests on; the unit is in the key. */
export type Evidence = Readonly<Record<string, number | string>>

/** One setting, its value, and why; values are per worker unless the unit says otherwise. */
export interface Recommendation {
  /** A name of the settings table, or a Node flag. */
  readonly setting: string
  readonly value: number
  /**
   * Where the value would lie, 95 times of 100, if the same were measured again: `[low, high]` in its unit.
   * Absent for a rule, and where nothing tells how far the figures behind the value vary.
   */
  readonly interval?: readonly [low: number, high: number] | undefined
  /** What the measured run used; null when it was not set. */
  readonly current: number | null
  readonly unit: string
  readonly basis: Basis
  /** The formula by name, for example `two-bottleneck throughput model`. */
  readonly formula: string
  readonly evidence: Evidence
  readonly confidence: Confidence
  /** What keeps the value from being better: `cpu`, `event loop`, `memory`, `latency objective` … */
  readonly binding: string
  /** One or two sentences for the reader: why, and what would change it. */
  readonly explanation: string
}

/** What a published rule of thumb says for the same machine. */
export interface RuleOfThumb {
  readonly setting: string
  /** For example `2 × CPU + 1, at most 12 (gunicorn)`. */
  readonly rule: string
  readonly value: number
  /** How and why it differs from the recommendation. */
  readonly comment: string
}
