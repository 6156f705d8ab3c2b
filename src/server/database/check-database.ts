import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'

import { messageOf, SettingsError } from '../../core/errors.ts'
import type { DatabaseOptions } from '../options/database.ts'
import { parseDatabaseUrl } from './database-url.ts'
import { checkPostgresPackage } from './postgres-package.ts'

/**
 * Finds out before anything is served what could never work. Whether the database answers is not asked: it may come later.
 *
 * @throws {SettingsError} when a SQLite file cannot be written, or not be made where it should be
 * @throws {TargetError} when the package for PostgreSQL is missing
 */
export function checkDatabase({ url }: Pick<DatabaseOptions, 'url'>): void {
  if (url === '') return
  const address = parseDatabaseUrl(url)
  if (address.kind === 'postgres') return checkPostgresPackage()
  const problem = whyNotWritable(address.file)
  if (problem === undefined) return
  throw new SettingsError(`DATABASE_URL: ${address.file} cannot be written (${problem})`, {
    hint: 'name a file, in a directory that exists, and both of which this user may write',
  })
}

/** SQLite puts its log beside the file, so the directory counts also where the file exists. */
function whyNotWritable(file: string): string | undefined {
  try {
    const stats = statSync(file, { throwIfNoEntry: false })
    if (stats?.isFile() === false) return 'it is no file'
    accessSync(dirname(file), constants.W_OK)
    // Not opened: closing it again would take the locks of this process on it away.
    if (stats !== undefined) accessSync(file, constants.W_OK)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
