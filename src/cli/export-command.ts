import { readFile } from 'node:fs/promises'

import { FILE_HEADERS_ONLY, createTwoFilesPatch } from 'diff'

import { messageOf, UsageError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { EXPORT_KINDS, exportReport } from '../report/export/export-report.ts'
import { printable } from '../report/terminal-text.ts'
import { EXIT } from './exit-codes.ts'
import { readReport } from './read-report.ts'
import { createFile, replaceFile } from './write-file.ts'

/** The flags of `tune export`. */
export interface ExportFlags {
  readonly from: string
  readonly write?: boolean
  readonly force?: boolean
}

/**
 * Prints the file that a report becomes, or, with FILE, how FILE would change; writes it only when told to.
 *
 * @throws {UsageError} for an unknown kind, flags without FILE, a file that must not be replaced, or cannot be read or written
 */
export async function runExport(kind: string, file: string | undefined, flags: ExportFlags): Promise<number> {
  checkKind(kind)
  checkFlags(file, flags)
  const exported = exportReport(kind, await readReport(flags.from))
  if (exported.kind === 'nothing') {
    process.stderr.write(`tune: nothing to export from ${printable(flags.from)}: ${printable(exported.why)}\n`)
    return EXIT.noVerdict
  }
  if (file === undefined) {
    process.stdout.write(exported.content)
    return EXIT.done
  }
  await exportTo(file, exported.content, flags)
  return EXIT.done
}

async function exportTo(file: string, content: string, { write = false, force = false }: ExportFlags): Promise<void> {
  const present = await contentOf(file)
  if (present === content) {
    process.stderr.write(`${printable(file)} is so already\n`)
    return
  }
  process.stdout.write(unifiedDiff(file, present, content, process.stdout.isTTY))
  if (!write) {
    process.stderr.write(`nothing was written; to write it, add ${present === null ? '--write' : '--write --force'}\n`)
    return
  }
  if (present !== null && !force) {
    throw new UsageError(`${file} exists, and --write alone replaces nothing`, {
      hint: 'look at the difference above, then add --force, or name another file',
    })
  }
  await (present === null ? createFile(file, content) : replaceFile(file, content))
  process.stderr.write(`wrote ${printable(file)}\n`)
}

/** Null when there is no such file. */
async function contentOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new UsageError(`cannot read ${file}: ${messageOf(error)}`, {
      cause: error,
      hint: 'name a file that can be read, or one that does not exist yet',
    })
  }
}

/**
 * How the file would change, as `patch` reads it; for a terminal without what could command it.
 *
 * @param present null when there is no such file
 */
export function unifiedDiff(file: string, present: string | null, content: string, isForTerminal = false): string {
  const name = printable(file)
  const before = present === null ? '/dev/null' : name
  const diff = createTwoFilesPatch(before, name, present ?? '', content, undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  })
  return isForTerminal ? diff.split('\n').map(printable).join('\n') : diff
}

function checkKind(kind: string): void {
  if (EXPORT_KINDS.includes(kind)) return
  const near = nearest(kind, EXPORT_KINDS)
  throw new UsageError(
    `"${kind}" is not a known kind of export${near === undefined ? '' : `; did you mean ${near}?`}`,
    {
      hint: `known: ${EXPORT_KINDS.join(' ')}`,
    },
  )
}

function checkFlags(file: string | undefined, { write = false, force = false }: ExportFlags): void {
  if (write && file === undefined) {
    throw new UsageError('--write needs the FILE to write', {
      hint: 'for example: tune export env --from report.json tune.env --write',
    })
  }
  if (force && !write) {
    throw new UsageError('--force alone writes nothing', { hint: 'add --write to replace FILE' })
  }
}
