import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'

import { messageOf, UsageError } from '../core/errors.ts'
import type { Report } from '../core/report.ts'
import { renderJson } from '../report/json.ts'
import { REPORT_EXTENSIONS, rendererFor } from '../report/renderers.ts'
import { renderText } from '../report/text.ts'
import type { RunFlags } from './run-flags.ts'
import { styleOf } from './terminal.ts'

/**
 * Refuses output files of an unknown kind before anything is measured.
 *
 * @throws {UsageError} naming the file and the extensions that exist
 */
export function checkOutputFiles(files: readonly string[]): void {
  for (const file of files) {
    if (rendererFor(extname(file)) === undefined) {
      throw new UsageError(`-o ${file}: "${extname(file) || 'no extension'}" is not a known kind of report`, {
        hint: `known: ${REPORT_EXTENSIONS.join(' ')}`,
      })
    }
  }
}

/** Where `--save` writes: JSON and HTML in `reports/`, named by scenario and time, whatever a foreign report has as the name. */
export function savedReportFiles(report: Report): readonly string[] {
  const stamp = report.createdAt.replaceAll(/[:.]/g, '-')
  const scenario = (report.runs[0]?.scenario ?? 'run').replaceAll(/[^a-z0-9-]+/g, '-')
  return [join('reports', `${scenario}-${stamp}.json`), join('reports', `${scenario}-${stamp}.html`)]
}

/**
 * Prints the report on stdout and writes the files that the flags ask for.
 *
 * @throws {UsageError} when a file cannot be written; everything else has been printed and written then
 */
export async function publishReport(
  report: Report,
  flags: Pick<RunFlags, 'json' | 'output' | 'save' | 'color'>,
): Promise<void> {
  const style = styleOf(process.stdout, process.env, flags.color)
  process.stdout.write(flags.json === true ? renderJson(report) : renderText(report, style))
  const files = flags.output ?? []
  await writeOutputFiles(report, flags.save === true ? [...files, ...savedReportFiles(report)] : files)
}

async function writeOutputFiles(report: Report, files: readonly string[]): Promise<void> {
  const problems: string[] = []
  for (const file of files) {
    try {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, rendererFor(extname(file))?.(report) ?? '')
    } catch (error) {
      problems.push(`${file}: ${messageOf(error)}`)
    }
  }
  if (problems.length > 0) {
    throw new UsageError(`cannot write ${problems.join('; ')}`, { hint: 'check that the folder may be written to' })
  }
}
