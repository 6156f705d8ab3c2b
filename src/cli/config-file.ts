import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

import { messageOf, SettingsError, UsageError } from '../core/errors.ts'

/** What a line may be: empty, a comment, or a name with a value; the blanks around it do not count. */
const LINE = /^(?:#.*|(?:export\s+)?([A-Za-z_]\w*)\s*=(.*))?$/
/** A value in quotes, with nothing but a comment behind it. */
const QUOTED = /^\s*(["'`])(?:(?!\1).)*\1\s*(?:#.*)?$/

/** A file of `NAME=VALUE` lines. */
export interface VariablesFile {
  readonly values: Readonly<Record<string, string>>
  /** Lines that are none of these or could be read in two ways, and names that are given again. No value is shown. */
  readonly problems: readonly string[]
}

/**
 * The settings of a config file as texts: one `NAME=VALUE` a line, `#` begins a comment, values may stand in quotes.
 *
 * @throws {UsageError} when the file cannot be read
 * @throws {SettingsError} naming every line that is none of these or could be read in two ways, and every name that is given
 *   twice
 */
export function readConfigFile(path: string): Readonly<Record<string, unknown>> {
  const { values, problems } = readVariables(path, '--config')
  if (problems.length > 0) {
    throw new SettingsError(`--config ${path} is wrong:\n  ${problems.join('\n  ')}`, {
      hint: 'write one NAME=VALUE a line, with names as tune serve --print-settings has them, and # before comments',
    })
  }
  return values
}

/**
 * The variables of a file as texts, the last where a name is given twice.
 *
 * @param flag that named the file
 * @throws {UsageError} when the file cannot be read
 */
export function readVariables(path: string, flag: string): VariablesFile {
  const text = textOf(path, flag)
  const lines = text.split('\n').map((line) => line.trim())
  const firstLine = new Map<string, number>()
  const problems = lines.flatMap((line, index) => {
    const match = LINE.exec(line)
    // The line may hold a secret.
    if (match === null) return [`line ${index + 1} is not NAME=VALUE`]
    const [, name, value = ''] = match
    if (name === undefined) return []
    const before = firstLine.get(name)
    firstLine.set(name, before ?? index + 1)
    return [
      ...(before === undefined ? [] : [`line ${index + 1} gives ${name} again, after line ${before}`]),
      ...doubtsOf(value).map((doubt) => `line ${index + 1} has ${doubt}`),
    ]
  })
  const entries = Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? ''] as const)
  return { values: Object.fromEntries(entries), problems }
}

/** Why a value might be read otherwise than it is meant: `parseEnv` ends it at any #, and goes on over lines to find a quote. */
function doubtsOf(value: string): readonly string[] {
  if (/^\s*["'`]/.test(value)) return QUOTED.test(value) ? [] : ['a quote that does not end its value']
  if (!/^[^#]*(?<!\s)#/.test(value)) return []
  return ['a # within its value: put quotes around the value, or a blank before the comment']
}

function textOf(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    throw new UsageError(`${flag} ${path} cannot be read (${messageOf(error)})`, {
      hint: 'it must be a text file with one NAME=VALUE a line, as tune serve --print-settings names them',
      cause: error,
    })
  }
}
