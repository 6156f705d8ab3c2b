import { parse } from 'csv-parse/sync'

import { messageOf, UsageError } from '../core/errors.ts'
import type { DataSet } from '../core/workload.ts'

/**
 * Rows of comma-separated values (RFC 4180): a line of column names, then one row a line; a byte order mark, CRLF and empty
 * lines are fine.
 *
 * @throws {UsageError} with the line that is wrong
 */
export function parseCsvRows(text: string): DataSet['rows'] {
  try {
    return parse(text, { bom: true, columns: checkedColumns, skip_empty_lines: true, trim: false })
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`names a file that is no CSV: ${messageOf(error)}`, { cause: error })
  }
}

function checkedColumns(names: readonly string[]): string[] {
  const empty = names.findIndex((name) => name.trim() === '')
  if (empty >= 0) throw new UsageError(`names a file whose column ${empty + 1} has no name`)
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) throw new UsageError(`names a file with two columns "${repeated}"`)
  return [...names]
}

/**
 * Rows of JSON lines: one object a line, its values texts, numbers or booleans.
 *
 * @throws {UsageError} with the line that is wrong
 */
export function parseJsonRows(text: string): DataSet['rows'] {
  return text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [parseJsonRow(line, index + 1)]))
}

function parseJsonRow(line: string, number: number): DataSet['rows'][number] {
  let row: unknown
  try {
    row = JSON.parse(line)
  } catch (error) {
    throw new UsageError(`names a file whose line ${number} is no JSON: ${messageOf(error)}`, { cause: error })
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new UsageError(`names a file whose line ${number} is no object`)
  }
  return Object.fromEntries(
    Object.entries(row).map(([column, value]: [string, unknown]) => {
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        return [column, String(value)]
      }
      throw new UsageError(`names a file whose line ${number} has no text, number or boolean as "${column}"`)
    }),
  )
}
