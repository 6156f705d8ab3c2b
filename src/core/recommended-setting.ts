import type { Recommendation } from './recommendation.ts'

/** A setting as the settings table reads it. */
export interface SettingText {
  readonly name: string
  readonly text: string
}

/** A setting whose value has no effect unless another one has this text. */
const NEEDED: readonly (SettingText & { readonly by: readonly string[] })[] = [
  { name: 'CB_MODE', text: 'window', by: ['CB_FAILURE_RATE', 'CB_MIN_CALLS', 'CB_WINDOW_TIME'] },
]

/** The recommended value as the settings table, or a Node flag, reads it: mostly a bare number, `600/minute` for the limiter. */
export function settingText({ setting, value, unit }: Pick<Recommendation, 'setting' | 'value' | 'unit'>): string {
  if (setting !== 'RATE_LIMIT_DEFAULT') return `${value}`
  return `${value}/${/^requests?\/(second|minute)\b/.exec(unit)?.[1] ?? 'unknown unit'}`
}

/** The switch that a recommended setting needs to have an effect; undefined for most. */
export function neededSwitch(setting: string): SettingText | undefined {
  const found = NEEDED.find(({ by }) => by.includes(setting))
  return found === undefined ? undefined : { name: found.name, text: found.text }
}
