import { readFile } from 'node:fs/promises'

import { messageOf, UsageError } from '../core/errors.ts'
import { type Report, reportSchema } from '../core/report.ts'

/**
 * Reads the report of an earlier run, as `--from` names it.
 *
 * @throws {UsageError} when the file cannot be read or is no report
 */
export async function readReport(file: string): Promise<Report> {
  const hint = 'give a file written by: tune bench -o report.json'
  let document: unknown
  try {
    document = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`--from ${file}: ${messageOf(error)}`, { cause: error, hint })
  }
  const parsed = reportSchema.safeParse(document)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new UsageError(`--from ${file} is not a tune report: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`, {
    hint,
  })
}
