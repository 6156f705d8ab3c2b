import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import type { ServerOptions } from '../options.ts'
import { parseDatabaseUrl, sqliteUrl } from './database-url.ts'

/** Of this process; chosen when it is first needed. */
let directory: string | undefined

/**
 * The options with a place for the embedded database, where they name no other: the same one each time. Whoever opens it first
 * makes its directory, and this process removes it when it exits.
 */
export function withEmbeddedDatabase(options: ServerOptions): ServerOptions {
  const { database } = options
  if (database === null || database.url !== '') return options
  directory ??= chooseDirectory()
  return { ...options, database: { ...database, url: sqliteUrl(join(directory, 'tasks.db')), isTemporary: true } }
}

/** Removes what a primary has left behind that ended without a chance to. */
export function removeTemporaryDatabase({ database }: Pick<ServerOptions, 'database'>): void {
  if (database?.isTemporary !== true) return
  const address = parseDatabaseUrl(database.url)
  if (address.kind === 'sqlite') removeDirectory(dirname(address.file))
}

/** A name that nobody can guess, and so nobody else can have taken. */
function chooseDirectory(): string {
  const chosen = join(tmpdir(), `tune-database-${randomUUID()}`)
  process.once('exit', () => removeDirectory(chosen))
  return chosen
}

function removeDirectory(path: string): void {
  // Several workers may do so at the same time.
  rmSync(path, { recursive: true, force: true, maxRetries: 3 })
}
