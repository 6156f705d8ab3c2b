import type { SettingDefinition, SettingValue } from './setting-definition.ts'

/** Where a value came from, the strongest first. */
export type SettingOrigin = 'flag' | 'environment' | 'file' | 'preset' | 'default'

/** One setting with its value (numbers in the unit of the definition) and where that came from. */
export interface ResolvedSetting {
  readonly definition: SettingDefinition
  readonly value: SettingValue
  readonly origin: SettingOrigin
}

/** Every setting of the table by name, in the order of the table. */
export type ResolvedSettings = ReadonlyMap<string, ResolvedSetting>
