import type { ResolvedSetting } from '../../core/resolved-setting.ts'
import { isSecretName, MASK, shownValue } from '../../core/secrets.ts'
import { namesOf, type SettingDefinition } from '../../core/setting-definition.ts'
import { allowedNamedValues, parseNamedValue } from '../../core/setting-value.ts'
import { SETTINGS } from '../../core/settings-table.ts'
import type { WrittenSetting } from './finding.ts'

/** A setting with the value that the file gives it, in the unit of the table; numbers also beyond its range, texts of any form. */
export interface StatedSetting extends ResolvedSetting {
  readonly written: WrittenSetting
}

/** By the name in the settings table; what the file does not say is not there. */
export type StatedSettings = ReadonlyMap<string, StatedSetting>

/** A value that the settings table does not allow. */
export interface OddValue {
  readonly definition: SettingDefinition
  readonly written: WrittenSetting
  /** In words, in the unit in which the value was read. */
  readonly allowed: string
  /** A number of the right kind, only beyond the range. */
  readonly isReadable: boolean
}

/** What a settings file says, sorted by what can be done with it. */
export interface ReadSettings {
  readonly stated: StatedSettings
  readonly odd: readonly OddValue[]
  /** Different values for one setting under several of its names; the first is the one that counts. */
  readonly disagreeing: readonly (readonly WrittenSetting[])[]
  /** Names that are no setting, as written. */
  readonly unknown: readonly string[]
}

/** What marks a variable as meant for tune. */
export const TUNE_PREFIX = 'TUNE_'

/** Sorts the variables of a file. A name with the prefix goes before the plain one, a setting's name before its aliases. */
export function readSettings(values: Readonly<Record<string, string>>): ReadSettings {
  const stated = new Map<string, StatedSetting>()
  const odd: OddValue[] = []
  const disagreeing: (readonly WrittenSetting[])[] = []
  const known = new Set<string>()
  for (const definition of SETTINGS) {
    const entries = entriesOf(definition, values)
    for (const { writtenName } of entries) known.add(writtenName)
    const given = entries.filter(({ raw }) => raw.trim() !== '').map((entry) => readEntry(definition, entry))
    odd.push(...given.flatMap((entry) => entry.odd ?? []))
    const [first, ...others] = given.flatMap((entry) => entry.setting ?? [])
    if (first === undefined) continue
    stated.set(definition.name, first)
    if (others.some(({ value }) => String(value) !== String(first.value))) {
      disagreeing.push([first, ...others].map((setting) => setting.written))
    }
  }
  return { stated, odd, disagreeing, unknown: Object.keys(values).filter((name) => !known.has(name)) }
}

interface Entry {
  /** Of the settings table. */
  readonly name: string
  /** The same, or with the prefix. */
  readonly writtenName: string
  readonly raw: string
}

/** What the file says under all names of one setting, in order of precedence. */
function entriesOf(definition: SettingDefinition, values: Readonly<Record<string, string>>): readonly Entry[] {
  return [TUNE_PREFIX, ''].flatMap((prefix) =>
    namesOf(definition).flatMap((name): readonly Entry[] => {
      const writtenName = prefix + name
      const raw = Object.hasOwn(values, writtenName) ? values[writtenName] : undefined
      return raw === undefined ? [] : [{ name, writtenName, raw }]
    }),
  )
}

function readEntry(
  definition: SettingDefinition,
  { name, writtenName, raw }: Entry,
): { readonly setting?: StatedSetting; readonly odd?: OddValue } {
  const written = {
    name: writtenName,
    value: isSecretName(definition.name) ? MASK : shownValue(writtenName, raw.trim()),
  }
  const parsed = parseNamedValue(withoutRange(definition), name, raw)
  const value = parsed ?? (definition.kind === 'text' ? raw.trim() : undefined)
  const isAllowed = parseNamedValue(definition, name, raw) !== undefined
  const allowed = allowedNamedValues(definition, name, raw)
  return {
    ...(value === undefined ? {} : { setting: { definition, value, origin: 'file', written } }),
    ...(isAllowed ? {} : { odd: { definition, written, allowed, isReadable: parsed !== undefined } }),
  }
}

/** The number of a setting in the table's unit; undefined where the file gives none (`auto` is none). */
export function numberOf(stated: StatedSettings, name: string): number | undefined {
  const value = stated.get(name)?.value
  return typeof value === 'number' ? value : undefined
}

/** A duration in seconds, whatever the table's unit. */
export function secondsOf(stated: StatedSettings, name: string): number | undefined {
  const value = numberOf(stated, name)
  const definition = stated.get(name)?.definition
  if (value === undefined || definition?.kind !== 'duration') return undefined
  return definition.unit === 'ms' ? value / 1_000 : value
}

/** Whether the file switches it off; what it does not mention it does not switch off. */
export function isOff(stated: StatedSettings, name: string): boolean {
  return stated.get(name)?.value === false
}

/** Those of the settings that stand in the file, as they stand there. */
export function asWritten(stated: StatedSettings, ...names: readonly string[]): readonly WrittenSetting[] {
  return names.flatMap((name) => stated.get(name)?.written ?? [])
}

/** The setting's name as the file has it, so that advice can be copied; its own name where the file does not have it. */
export function nameIn(stated: StatedSettings, name: string): string {
  return stated.get(name)?.written.name ?? name
}

function withoutRange(definition: SettingDefinition): SettingDefinition {
  return 'min' in definition ? { ...definition, min: 0, max: Number.POSITIVE_INFINITY } : definition
}
