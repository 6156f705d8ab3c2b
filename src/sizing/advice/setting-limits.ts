import type { NumericSetting } from '../../core/setting-definition.ts'
import { SETTINGS } from '../../core/settings-table.ts'

/** The largest value that a setting may have, in its own unit; infinite for one without a number. */
export function largestValue(name: string): number {
  return numeric(name)?.max ?? Number.POSITIVE_INFINITY
}

/** The smallest value that a setting may have, in its own unit; 0 for one without a number. */
export function smallestValue(name: string): number {
  return numeric(name)?.min ?? 0
}

/** The default of a setting, in its own unit; 0 for one without a number. */
export function defaultValue(name: string): number {
  const value = numeric(name)?.default
  return typeof value === 'number' ? value : 0
}

function numeric(name: string): NumericSetting | undefined {
  const definition = SETTINGS.find((setting) => setting.name === name)
  return definition !== undefined && 'max' in definition ? definition : undefined
}
