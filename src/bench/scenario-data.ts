import { dirname, resolve } from 'node:path'

import { messageOf, UsageError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import type { ScenarioFile } from '../core/scenario.ts'
import { type ScenarioProblem, templateTexts } from '../core/scenario-checks.ts'
import { templateNames } from '../core/template.ts'
import type { DataSet } from '../core/workload.ts'
import { parseCsvRows, parseJsonRows } from './data-rows.ts'
import { readTextFile } from './scenario-text.ts'

const MAX_DATA_BYTES = 10_485_760
const MAX_ROWS = 1_000_000

/** An issue as the validator would report it. */
type Problem = ScenarioProblem & { readonly code: 'custom' }

/**
 * Reads the data sets of a scenario and checks that each has the columns that the requests use.
 *
 * @param file the scenario, beside which data files are looked for
 * @returns problems instead of throwing them, because they are told with those of the scenario
 */
export function readDataSets(
  scenario: ScenarioFile,
  file: string,
): { readonly data: Readonly<Record<string, DataSet>>; readonly problems: readonly Problem[] } {
  const data: Record<string, DataSet> = {}
  const problems: Problem[] = []
  for (const [name, set] of Object.entries(scenario.data)) {
    if (!('file' in set)) {
      data[name] = set
      continue
    }
    try {
      data[name] = { rows: readRows(resolve(dirname(file), set.file)), pick: set.pick }
    } catch (error) {
      problems.push({ code: 'custom', path: ['data', name, 'file'], message: messageOf(error) })
    }
  }
  return { data, problems: problems.length > 0 ? problems : columnProblems(scenario, data) }
}

function readRows(file: string): DataSet['rows'] {
  const text = textOf(file)
  const rows = /\.csv$/i.test(file) ? parseCsvRows(text) : parseJsonRows(text)
  if (rows.length === 0) throw new UsageError('names a file without rows')
  if (rows.length > MAX_ROWS) throw new UsageError(`names a file of more than ${MAX_ROWS} rows`)
  return rows
}

function textOf(file: string): string {
  const read = readTextFile(file, MAX_DATA_BYTES)
  switch (read.kind) {
    case 'text':
      return read.text
    case 'missing':
      throw new UsageError(`names a file that does not exist: ${file}`)
    case 'unreadable':
      throw new UsageError(`names a file that cannot be read: ${messageOf(read.cause)}`, { cause: read.cause })
    case 'too-large':
      throw new UsageError('names a file of more than 10 MiB')
    case 'binary':
    case 'not-utf-8':
      throw new UsageError(`names a file that is not UTF-8 text in line ${read.line}`)
  }
}

function columnProblems(scenario: ScenarioFile, data: Readonly<Record<string, DataSet>>): readonly Problem[] {
  const columnsOf = new Map(Object.entries(data).map(([name, { rows }]) => [name, commonColumns(rows)]))
  return templateTexts(scenario).flatMap(({ path, text }) =>
    templateNames(text)
      .columns.filter(({ set, column }) => columnsOf.get(set)?.has(column) !== true)
      .map(({ set, column }) => {
        const known = [...(columnsOf.get(set) ?? [])]
        const guess = nearest(column, known)
        const advice = guess === undefined ? `columns: ${known.join(', ')}` : `did you mean "${guess}"?`
        return {
          code: 'custom' as const,
          path,
          message: `uses {{${set}.${column}}}, a column that not every row has; ${advice}`,
        }
      }),
  )
}

function commonColumns(rows: DataSet['rows']): ReadonlySet<string> {
  let common = new Set(Object.keys(rows[0] ?? {}))
  for (const row of rows) {
    if (![...common].every((column) => Object.hasOwn(row, column))) {
      common = new Set([...common].filter((column) => Object.hasOwn(row, column)))
    }
  }
  return common
}
