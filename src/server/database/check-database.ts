import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'

import { messageOf, TargetError } from '../../core/errors.ts'
import type { DatabaseOptions } from '../options/database.ts'
import { parseDatabaseUrl } from './database-url.ts'

/**
 * Finds out before anything is served what could never work. Whether the database answers is not asked: it may come later.
 *
 * @throws {TargetError} when the package for PostgreSQL is missing, or a SQLite file cannot be written where it should be
 */
export function checkDatabase({ url }: DatabaseOptions): void {
  if (url === '') return
  const address = parseDatabaseUrl(url)
  if (address.kind === 'postgres') return checkPackage()
  try {
    accessSync(dirname(address.file), constants.W_OK)
  } catch (error) {
    throw new TargetError(`DATABASE_URL: no file can be written at ${address.file} (${messageOf(error)})`, {
      hint: 'name a file in a directory that exists and that this user may write',
      cause: error,
    })
  }
}

function checkPackage(): void {
  try {
    import.meta.resolve('pg')
  } catch (error) {
    throw new TargetError('DATABASE_URL names a PostgreSQL database, and the package pg is not installed', {
      hint: 'npm i pg',
      cause: error,
    })
  }
}
