import type { Recommendation } from '../../core/recommendation.ts'
import { settingText } from '../../core/recommended-setting.ts'
import { allowedValues, parseSettingValue } from '../../core/setting-value.ts'
import { SETTINGS } from '../../core/settings-table.ts'
import { formatCurrent, formatEvidence, formatValue } from '../recommended-value.ts'

/** Flags of Node that take whole MiB, and that NODE_OPTIONS may hold. */
const NODE_FLAGS: readonly string[] = ['--max-old-space-size', '--max-semi-space-size']

/** Variables that Node reads by itself: whole numbers above 0. */
const NODE_VARIABLES: readonly string[] = ['UV_THREADPOOL_SIZE']

const NAMES: readonly string[] = [...SETTINGS.map(({ name }) => name), ...NODE_VARIABLES, ...NODE_FLAGS]

/** A recommendation that may stand in a file: tune knows the name, and allows the value. */
export interface Advised {
  /** A name of the settings table, a variable that Node reads, or a Node flag. */
  readonly name: string
  readonly isNodeFlag: boolean
  /** In the unit of the setting, as a bare number there means it; MiB for a Node flag. */
  readonly value: number
  /** The same as the settings table reads it: mostly the bare number. */
  readonly text: string
  /** False when its confidence is low: files show it as a comment. */
  readonly isSure: boolean
  /** Sentences for a comment, as the report has them: they may hold anything. */
  readonly evidence: readonly string[]
}

/** What of a report may be set, and what not. */
export interface SortedAdvice {
  /** In the order of the settings table, then what Node reads by itself; each name once. */
  readonly advised: readonly Advised[]
  /** Why the others are left out, a sentence each, which may hold anything. */
  readonly refused: readonly string[]
}

/** Sorts recommendations, and leaves out those that the settings table does not allow: a report may come from anywhere. */
export function sortAdvice(recommendations: readonly Recommendation[]): SortedAdvice {
  const known = new Map<string, Recommendation>()
  const refused: string[] = []
  for (const recommendation of recommendations) {
    const why = known.has(recommendation.setting) ? 'it is there twice' : whyNot(recommendation)
    if (why === null) known.set(recommendation.setting, recommendation)
    else refused.push(`Left out ${recommendation.setting} = ${recommendation.value}: ${why}.`)
  }
  return { advised: NAMES.flatMap((name) => advisedOf(known.get(name))), refused }
}

function whyNot(recommendation: Recommendation): string | null {
  const { setting, value } = recommendation
  if (NODE_FLAGS.includes(setting)) {
    return Number.isSafeInteger(value) && value > 0 ? null : 'it must be a whole number of MiB above 0'
  }
  if (NODE_VARIABLES.includes(setting)) {
    return Number.isSafeInteger(value) && value > 0 ? null : 'it must be a whole number above 0'
  }
  const definition = SETTINGS.find(({ name }) => name === setting)
  if (definition === undefined) return 'tune knows no such setting'
  const text = settingText(recommendation)
  return parseSettingValue(definition, text) === undefined ? `it must be ${allowedValues(definition)}` : null
}

function advisedOf(recommendation: Recommendation | undefined): readonly Advised[] {
  if (recommendation === undefined) return []
  const { setting, value, unit, basis, confidence, binding, formula, evidence, explanation } = recommendation
  return [
    {
      name: setting,
      isNodeFlag: NODE_FLAGS.includes(setting),
      value,
      text: settingText(recommendation),
      isSure: confidence !== 'low',
      evidence: [
        `${setting}: ${formatValue(value, unit)}, ${formatCurrent(recommendation)}; ${basis}, ${confidence} confidence, bound by ${binding}.`,
        `${formula}: ${formatEvidence(evidence)}.`,
        explanation,
      ],
    },
  ]
}
