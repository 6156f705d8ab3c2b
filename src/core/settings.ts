import { SettingsError } from './errors.ts'
import { nearest } from './nearest.ts'
import { isSecretName, MASK, withoutSecrets, withoutUserInfo } from './secrets.ts'
import { allowedNamedValues, parseNamedValue } from './setting-value.ts'
import { settingErrors } from './settings-checks.ts'
import { PRESETS } from './settings-presets.ts'
import { SETTINGS } from './settings-table.ts'
import type { ResolvedSetting, ResolvedSettings, SettingOrigin } from './resolved-setting.ts'
import { namesOf } from './setting-definition.ts'
import type { SettingDefinition } from './setting-definition.ts'

export type { ResolvedSettings } from './resolved-setting.ts'

/** Where settings may be given. An empty text is the same as nothing. */
export interface SettingSources {
  /** From `--set NAME=VALUE`. */
  readonly flags: Readonly<Record<string, string>>
  /** Names may carry the prefix `TUNE_`, and then no other name than that of a setting is accepted. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly file?: Readonly<Record<string, unknown>> | undefined
  /** A name of PRESETS. */
  readonly preset?: string | undefined
}

/** What marks a variable as meant for tune, so that a misspelt one is noticed. */
const ENVIRONMENT_PREFIX = 'TUNE_'

/** Variables of tune itself and of its tests, without the prefix. */
const OTHER_VARIABLES = new Set(['NO_COLOR', 'REQUIRE_SERVICES'])

const KNOWN_NAMES = new Set(SETTINGS.flatMap(namesOf))

interface Layer {
  readonly origin: SettingOrigin
  readonly values: Readonly<Record<string, unknown>>
}

/**
 * Puts the settings together: flags before environment, file, preset and default; within one source a setting's name
 * goes before its aliases.
 *
 * @throws {SettingsError} naming every unknown name and every value that is not allowed, also those that a stronger
 *   source hides; or, when each is allowed, those that cannot be together
 */
export function resolveSettings(sources: SettingSources): ResolvedSettings {
  const problems: string[] = []
  const layers: readonly Layer[] = [
    { origin: 'flag', values: sources.flags },
    { origin: 'environment', values: settingsOf(sources.environment) },
    { origin: 'file', values: sources.file ?? {} },
    { origin: 'preset', values: presetOf(sources.preset, problems) },
  ]
  for (const layer of layers) problems.push(...unknownNames(layer))
  const resolved = new Map(
    SETTINGS.map((definition) => [definition.name, resolveOne(definition, layers, problems)] as const),
  )
  if (problems.length === 0) problems.push(...settingErrors(resolved))
  if (problems.length > 0) {
    throw new SettingsError(
      `${problems.length === 1 ? 'a setting is' : 'settings are'} wrong:\n  ${problems.join('\n  ')}`,
      {
        hint: 'tune serve --print-settings lists every setting with its value and where it comes from',
      },
    )
  }
  return resolved
}

/** The settings whose value is not the default, by name: what a report must mention. */
export function settingsThatDiffer(settings: ResolvedSettings): Readonly<Record<string, string | number | boolean>> {
  const differing = [...settings.values()].filter(
    ({ value, definition }) => String(value) !== String(definition.default),
  )
  return Object.fromEntries(differing.map((setting) => [setting.definition.name, shownValue(setting)]))
}

/** Names of the settings whose values differ: those that change on a running server, and those that need a new start. */
export function changedSettings(
  before: ResolvedSettings,
  after: ResolvedSettings,
): Readonly<Record<SettingDefinition['reload'], readonly string[]>> {
  const changed = [...after.values()].filter(
    ({ definition, value }) => String(value) !== String(before.get(definition.name)?.value),
  )
  const named = (reload: SettingDefinition['reload']): readonly string[] =>
    changed.filter(({ definition }) => definition.reload === reload).map(({ definition }) => definition.name)
  return { live: named('live'), restart: named('restart') }
}

/** What a running server can have of `after`: settings that need a new start stay as they were. */
export function withLiveChanges(before: ResolvedSettings, after: ResolvedSettings): ResolvedSettings {
  const kept = [...after].map(([name, setting]) => {
    const isKept = setting.definition.reload === 'restart'
    return [name, isKept ? (before.get(name) ?? setting) : setting] as const
  })
  return new Map(kept)
}

/**
 * Every setting for people, one line each in the order of the table: value with unit, where it comes from, whether it
 * changes on a running server, and what it means. Credentials of upstreams are masked.
 */
export function describeSettings(settings: ResolvedSettings): string {
  const rows = [...settings.values()].map((setting) => {
    const { name, kind, reload, summary } = setting.definition
    const unit = kind === 'duration' ? ` ${setting.definition.unit}` : ''
    return [name, `${shownValue(setting)}${unit}`, setting.origin, reload, summary]
  })
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`).join('')
}

function shownValue({ definition, value }: ResolvedSetting): string | number | boolean {
  if (value !== '' && isSecretName(definition.name)) return MASK
  if (typeof value === 'string') return withoutSecrets(value)
  return typeof value === 'object' ? value.map(withoutUserInfo).join(',') : value
}

function resolveOne(definition: SettingDefinition, layers: readonly Layer[], problems: string[]): ResolvedSetting {
  let strongest: ResolvedSetting | undefined
  for (const { origin, values } of layers) {
    for (const name of namesOf(definition)) {
      const raw = values[name]
      if (!isGiven(raw)) continue
      const value = parseNamedValue(definition, name, raw)
      if (value === undefined) {
        const plain = typeof raw === 'string' ? withoutCredentials(raw) : JSON.stringify(raw)
        const shown = isSecretName(definition.name) ? MASK : plain
        problems.push(`${name} must be ${allowedNamedValues(definition, name, raw)}; got "${shown}" (${origin})`)
      } else {
        strongest ??= { definition, value, origin }
      }
    }
  }
  return strongest ?? { definition, value: definition.default, origin: 'default' }
}

/** Also where what was typed is no address, and so does not tell where the password ends. */
function withoutCredentials(raw: string): string {
  return withoutSecrets(raw).replace(/(?<=:|\/\/)(\/*).+(?=@)/s, `$1${MASK}`)
}

function isGiven(raw: unknown): boolean {
  return raw !== undefined && raw !== null && (typeof raw !== 'string' || raw.trim() !== '')
}

/** Prefixed variables without their prefix, which go before the plain ones; plain ones only when they are settings. */
function settingsOf(environment: SettingSources['environment']): Readonly<Record<string, unknown>> {
  const entries = Object.entries(environment).filter(([, value]) => isGiven(value))
  const plain = entries.filter(([name]) => KNOWN_NAMES.has(name))
  const prefixed = entries
    .filter(([name]) => name.startsWith(ENVIRONMENT_PREFIX))
    .map(([name, value]) => [name.slice(ENVIRONMENT_PREFIX.length), value] as const)
    .filter(([name]) => !OTHER_VARIABLES.has(name))
  return Object.fromEntries([...plain, ...prefixed])
}

function unknownNames({ origin, values }: Layer): readonly string[] {
  return Object.keys(values)
    .filter((name) => !KNOWN_NAMES.has(name))
    .map((name) => {
      const shown = origin === 'environment' ? ENVIRONMENT_PREFIX + name : name
      return `${shown} is not a setting (${origin})${suggestion(name, [...KNOWN_NAMES])}`
    })
}

function presetOf(name: string | undefined, problems: string[]): Readonly<Record<string, unknown>> {
  if (name === undefined) return {}
  if (Object.hasOwn(PRESETS, name)) return PRESETS[name] ?? {}
  const known = Object.keys(PRESETS)
  problems.push(`"${name}" is not a preset (${known.join(', ')})${suggestion(name, known)}`)
  return {}
}

function suggestion(typed: string, known: readonly string[]): string {
  const near = nearest(typed, known)
  return near === undefined ? '' : `; did you mean ${near}?`
}
