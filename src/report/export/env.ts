import { headLines, settingLines } from './comments.ts'
import { environmentOf } from './environment.ts'
import type { ExportInput } from './export-input.ts'

/** A dotenv file, for `node --env-file` and for shells. */
export function renderEnv({ origin, advised }: ExportInput): string {
  const blocks = [
    headLines('#', origin),
    ...environmentOf(advised).map((variable) =>
      settingLines('#', variable, `${variable.name}=${quotedEnv(variable.value)}`),
    ),
  ]
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

/**
 * A value as Node's dotenv parser and shells read it alike: plain where it is harmless, otherwise in single quotes, between
 * which neither of them expands anything.
 *
 * @throws {RangeError} for a single quote, which they escape in different ways, and a carriage return, which Node drops
 */
export function quotedEnv(value: string): string {
  if (/^[\w./:@=,+-]+$/.test(value)) return value
  if (/['\r\0]/.test(value)) throw new RangeError(`no dotenv file can hold ${JSON.stringify(value)}`)
  return `'${value}'`
}
