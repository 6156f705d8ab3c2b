import type { NumericSetting, SettingDefinition, SettingValue } from './setting-definition.ts'
import { parseByteSize, parseDuration } from './units.ts'

const SWITCH_WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
}

/** Reads one value in the unit of its setting; undefined when it is not allowed. Texts are trimmed. */
export function parseSettingValue(definition: SettingDefinition, raw: unknown): SettingValue | undefined {
  if (definition.kind === 'list') return parseList(definition.pattern, raw)
  if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean') return undefined
  const text = String(raw).trim()
  switch (definition.kind) {
    case 'boolean':
      return Object.hasOwn(SWITCH_WORDS, text.toLowerCase()) ? SWITCH_WORDS[text.toLowerCase()] : undefined
    case 'choice':
      return definition.choices.includes(text) ? text : undefined
    case 'text':
      return definition.pattern.test(text) ? text : undefined
    case 'integer':
    case 'duration':
    case 'bytes':
      return text === definition.default ? text : parseNumber(definition, text)
  }
}

/** The same for a value that was given under one of the setting's names, which may have a unit of its own. */
export function parseNamedValue(definition: SettingDefinition, name: string, raw: unknown): SettingValue | undefined {
  return parseSettingValue(definition, isInMs(definition, name, raw) ? `${String(raw).trim()}ms` : raw)
}

/** What a setting may be, in the unit in which `raw` was read under that name. */
export function allowedNamedValues(definition: SettingDefinition, name: string, raw: unknown): string {
  if (definition.kind !== 'duration' || !isInMs(definition, name, raw)) return allowedValues(definition)
  const unitMs = definition.unit === 's' ? 1_000 : 1
  return allowedValues({ ...definition, unit: 'ms', min: definition.min * unitMs, max: definition.max * unitMs })
}

function isInMs(definition: SettingDefinition, name: string, raw: unknown): boolean {
  const isBare = (typeof raw === 'string' || typeof raw === 'number') && /^\s*[\d.]+\s*$/.test(String(raw))
  return isBare && definition.millisecondAliases?.includes(name) === true
}

/** What a setting may be, in words: `1 to 100 or auto`, `true or false`, `name=http://host:port, …`. */
export function allowedValues(definition: SettingDefinition): string {
  switch (definition.kind) {
    case 'boolean':
      return 'true or false'
    case 'choice':
      return definition.choices.join(', ')
    case 'text':
    case 'list':
      return definition.form
    case 'integer':
    case 'duration':
    case 'bytes': {
      const unit = definition.unit === 'count' ? '' : ` ${definition.unit}`
      const kind = definition.kind === 'duration' ? '' : 'a whole number from '
      return `${kind}${definition.min} to ${definition.max}${unit}${definition.default === 'auto' ? ', or auto' : ''}`
    }
  }
}

function parseNumber(definition: NumericSetting, text: string): number | undefined {
  const value = inUnit(definition, text)
  if (value === undefined || value < definition.min || value > definition.max) return undefined
  return definition.kind === 'duration' || Number.isSafeInteger(value) ? value : undefined
}

function inUnit({ kind, unit }: NumericSetting, text: string): number | undefined {
  switch (kind) {
    case 'integer':
      return /^\d+$/.test(text) ? Number(text) : undefined
    case 'bytes':
      return /^\d+\.\d+\s*b?$/i.test(text) ? undefined : parseByteSize(text)
    case 'duration': {
      const unitMs = unit === 's' ? 1_000 : 1
      const durationMs = parseDuration(text, unitMs)
      return durationMs === undefined ? undefined : durationMs / unitMs
    }
  }
}

function parseList(pattern: RegExp, raw: unknown): readonly string[] | undefined {
  const items: readonly unknown[] = typeof raw === 'string' ? raw.split(',') : Array.isArray(raw) ? raw : [raw]
  const texts = items.flatMap((item) => (typeof item === 'string' && item.trim() !== '' ? [item.trim()] : []))
  const isWhole = items.every((item) => typeof item === 'string')
  return isWhole && texts.every((text) => pattern.test(text)) ? texts : undefined
}
