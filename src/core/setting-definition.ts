/** What a setting may hold: switches, numbers in the setting's unit, texts (also of a choice), lists. */
export type SettingValue = boolean | number | string | readonly string[]

interface SettingBase {
  /** The name in the environment, in files and in `--set`. */
  readonly name: string
  /** Other names, in order of precedence after `name`. */
  readonly aliases?: readonly string[]
  /** Further names, after those: of documents that give the duration in milliseconds, so that a bare number means those. */
  readonly millisecondAliases?: readonly string[]
  /** `live`: `apply` changes it on a running server. `restart`: the listening socket must be opened anew. */
  readonly reload: 'live' | 'restart'
  readonly summary: string
}

/** A number with a range; both ends belong to it. Its value and its range are in `unit`. */
export interface NumericSetting extends SettingBase {
  readonly kind: 'integer' | 'duration' | 'bytes'
  /** `s` and `ms` for durations: what a bare number means. */
  readonly unit: 's' | 'ms' | 'bytes' | 'count'
  readonly default: number | 'auto'
  readonly min: number
  readonly max: number
}

/** One setting: its kind says how it is read and what it may be. */
export type SettingDefinition =
  | NumericSetting
  | (SettingBase & { readonly kind: 'boolean'; readonly default: boolean })
  | (SettingBase & { readonly kind: 'choice'; readonly choices: readonly string[]; readonly default: string })
  | (SettingBase & {
      readonly kind: 'text' | 'list'
      readonly default: string | readonly string[]
      /** What the text, or each entry of the list, must match. */
      readonly pattern: RegExp
      /** The same in words, for messages. */
      readonly form: string
    })

/** Every name of a setting, in order of precedence. */
export function namesOf({ name, aliases = [], millisecondAliases = [] }: SettingDefinition): readonly string[] {
  return [name, ...aliases, ...millisecondAliases]
}

/** Bytes of one MiB. */
export const MEBIBYTE = 1_048_576

/** A whole number: default, least and largest value. */
export function integer(
  name: string,
  [value, min, max]: readonly [number | 'auto', number, number],
  summary: string,
  aliases: readonly string[] = [],
): SettingDefinition {
  return { name, aliases, kind: 'integer', unit: 'count', default: value, min, max, reload: 'live', summary }
}

/** A duration in seconds: default, shortest and longest. */
export function seconds(
  name: string,
  [value, min, max]: readonly [number, number, number],
  summary: string,
  aliases: readonly string[] = [],
): SettingDefinition {
  return { name, aliases, kind: 'duration', unit: 's', default: value, min, max, reload: 'live', summary }
}

/** A duration in milliseconds: default, shortest and longest. */
export function milliseconds(
  name: string,
  [value, min, max]: readonly [number, number, number],
  summary: string,
): SettingDefinition {
  return { name, kind: 'duration', unit: 'ms', default: value, min, max, reload: 'live', summary }
}

/** A size in bytes: default, smallest and largest. */
export function bytes(
  name: string,
  [value, min, max]: readonly [number, number, number],
  summary: string,
): SettingDefinition {
  return { name, kind: 'bytes', unit: 'bytes', default: value, min, max, reload: 'live', summary }
}

/** A switch. */
export function boolean(name: string, value: boolean, summary: string): SettingDefinition {
  return { name, kind: 'boolean', default: value, reload: 'live', summary }
}
