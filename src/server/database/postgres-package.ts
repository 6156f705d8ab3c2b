import type { Client } from 'pg'

import { TargetError } from '../../core/errors.ts'

/** @throws {TargetError} when the package for PostgreSQL is not installed */
export function checkPostgresPackage(): void {
  try {
    import.meta.resolve('pg')
  } catch (error) {
    throw new TargetError('DATABASE_URL names a PostgreSQL database, and the package pg is not installed', {
      hint: 'npm i pg',
      cause: error,
    })
  }
}

/**
 * The client of the package, which is loaded when it is first needed.
 *
 * @throws {TargetError} when it is not installed
 */
export async function importPostgresClient(): Promise<typeof Client> {
  checkPostgresPackage()
  return (await import('pg')).Client
}
