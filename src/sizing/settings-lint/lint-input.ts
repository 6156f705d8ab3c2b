import { BYTES_PER_MEBIBYTE } from '../../core/units.ts'
import type { Finding, WrittenSetting } from './finding.ts'
import { figure, quantity } from './figures.ts'
import type { LintFacts } from './lint-facts.ts'
import { numberOf, type ReadSettings, type StatedSettings, asWritten } from './stated-settings.ts'

/** What every rule gets. */
export interface LintInput extends ReadSettings {
  readonly facts: LintFacts
  /** Null when the file says nothing of workers; rules that need a least number then take 1. */
  readonly workers: StatedWorkers | null
  /** Null when the file says nothing of the heap. */
  readonly heap: StatedHeap | null
}

/** A part of the judgement: no finding where its settings are fine, or not stated. */
export type LintRule = (input: LintInput) => readonly Finding[]

/** Worker processes of one replica. */
export interface StatedWorkers {
  /** At least 1. */
  readonly count: number
  readonly settings: readonly WrittenSetting[]
  /** `4 workers`, or how the number came about. */
  readonly text: string
}

/** The ceiling of the JavaScript heap (old generation) of each worker. */
export interface StatedHeap {
  readonly bytes: number
  readonly settings: readonly WrittenSetting[]
}

/** gunicorn's documentation gives 2 · CPU + 1; the document with this policy stops at so many. */
const GUNICORN_MOST = 12

/** The workers that the settings ask for on this many CPUs. */
export function statedWorkers(stated: StatedSettings, cpus: number): StatedWorkers | null {
  const fixed = numberOf(stated, 'WEB_CONCURRENCY')
  if (fixed !== undefined) {
    const count = Math.max(1, fixed)
    return { count, settings: asWritten(stated, 'WEB_CONCURRENCY'), text: quantity(count, 'worker') }
  }
  const settings = asWritten(stated, 'WEB_CONCURRENCY', 'WORKERS_POLICY', 'WORKERS_PER_CORE', 'MAX_WORKERS')
  if (settings.length === 0) return null
  const whole = Math.max(1, Math.floor(cpus))
  if (stated.get('WORKERS_POLICY')?.value === 'gunicorn' && !stated.has('WORKERS_PER_CORE')) {
    const count = Math.min(2 * whole + 1, GUNICORN_MOST)
    return { count, settings, text: `min(2 × ${quantity(whole, 'CPU')} + 1, ${GUNICORN_MOST}) = ${count} workers` }
  }
  const perCore = numberOf(stated, 'WORKERS_PER_CORE') ?? 1
  const most = numberOf(stated, 'MAX_WORKERS') ?? Number.POSITIVE_INFINITY
  const count = Math.max(1, Math.min(whole * perCore, most))
  const product = `${quantity(whole, 'CPU')} × ${figure(perCore)}`
  const bounded = Number.isFinite(most) ? `min(${product}, ${figure(most)})` : product
  return { count, settings, text: `${bounded} = ${quantity(count, 'worker')}` }
}

/** Reads `--max-old-space-size` (MiB) and `--max-old-space-size-percentage` (of the whole memory) in NODE_OPTIONS. */
export function statedHeap(nodeOptions: string | undefined, memoryBytes: number): StatedHeap | null {
  const flag = /--max[-_]old[-_]space[-_]size([-_]percentage)?[= ](\d+(?:\.\d+)?)/.exec(nodeOptions ?? '')
  if (flag === null) return null
  const size = Number(flag[2])
  const bytes = flag[1] === undefined ? size * BYTES_PER_MEBIBYTE : (size / 100) * memoryBytes
  return bytes > 0 ? { bytes, settings: [{ name: 'NODE_OPTIONS', value: flag[0] }] } : null
}
